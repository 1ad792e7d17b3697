// A list that is read page by page and goes on while it is read: at its top what is new comes in by itself; who has
// scrolled down is told how much is new, and keeps his place.
import { button, empty, fill, make } from "./dom.js";
import { inTurn } from "./calm.js";
import { failed, say, trouble } from "./notice.js";
import { counted } from "./text.js";
import { when } from "./time.js";

/** Rows kept in the page at most. */
const MOST_ROWS = 2000;
const FROM_TOP = 12;

/**
 * `ask(after)` answers a page; `table` shows it; `key` names a row; `what` is the word for one. `nothing` answers what to
 * say when there is none.
 */
export function listing({ ask, table, key, what, nothing, signal }) {
  let rows = [];
  let waiting = null;
  let next = null;
  let total = null;
  let unreadable = 0;
  let asked = 0;
  let renewed = Date.now();
  let isStale = false;
  const renewals = inTurn();

  const fresh = button("", takeNew, { class: "fresh", hidden: true, "data-key": "fresh" });
  const more = button("Show more", () => load(true), { hidden: true });
  const count = make("span", { class: "faint small number" });
  const scroll = make("div", { class: "scroll" }, table.element);
  const none = make("div", { hidden: true });
  const foot = make("div", { class: "row list-foot" }, count, more);
  const element = make("div", { class: "listing" }, fresh, scroll, none, foot);
  const unlisten = () => isAtTop() && waiting && takeNew();
  scroll.addEventListener("scroll", unlisten, { passive: true });
  window.addEventListener("scroll", unlisten, { passive: true, signal });

  const isAtTop = () =>
    scroll.scrollTop <= FROM_TOP &&
    (scroll.scrollHeight > scroll.clientHeight + 1 || scroll.getBoundingClientRect().top >= -FROM_TOP);

  /** Loads from the beginning: the question has changed. */
  async function begin() {
    waiting = null;
    scroll.scrollTop = 0;
    element.classList.add("is-loading");
    await load(false);
    element.classList.remove("is-loading");
  }

  async function load(isMore) {
    const turn = (asked += 1);
    const after = isMore ? next : undefined;
    try {
      const page = await ask(after);
      // What follows rows that are no longer shown would leave a hole.
      if (turn !== asked || (isMore && after !== next)) return;
      if (!isMore) isNew();
      rows = isMore ? merged(rows, page.rows) : page.rows;
      ({ next, total } = page);
      unreadable = (isMore ? unreadable : 0) + (page.unreadable ?? 0);
      show();
    } catch (error) {
      if (turn !== asked) return;
      if (isMore) failed(error);
      else refused(error);
    }
  }

  function refused(error) {
    if (error.name === "AbortError") return;
    rows = [];
    show();
    trouble(none, error, begin);
  }

  /** Asks for what is new, and shows it or says that it is there. */
  async function renew() {
    const turn = asked;
    const isNewest = renewals();
    try {
      const page = await ask(undefined);
      if (turn !== asked || signal.aborted || !isNewest()) return;
      waiting = page;
      isNew();
      if (isAtTop()) takeNew();
      else tellNew();
    } catch (error) {
      if (turn !== asked || signal.aborted || !isNewest()) return;
      isStale = true;
      if (rows.length === 0) refused(error);
      else tellCount();
    }
  }

  function isNew() {
    renewed = Date.now();
    isStale = false;
  }

  function takeNew() {
    const isPressed = document.activeElement === fresh;
    if (!waiting) return;
    const rest = behind(waiting);
    next = rest.length > 0 ? next : waiting.next;
    rows = [...waiting.rows, ...rest];
    ({ total } = waiting);
    unreadable = waiting.unreadable ?? 0;
    waiting = null;
    show();
    if (isPressed) {
      scroll.scrollTop = 0;
      if (element.getBoundingClientRect().top < 0) element.scrollIntoView();
      table.step(0);
    }
  }

  // What is shown already is brought up to date where it stands; what is new waits.
  function tellNew() {
    const news = new Map(waiting.rows.map((row) => [String(key(row)), row]));
    rows = rows.map((row) => news.get(String(key(row))) ?? row);
    table.show(rows);
    tellCount();
    const shown = new Set(table.keys());
    const number = [...news.keys()].filter((name) => !shown.has(name)).length;
    const text = number ? `${number}${waiting.rows.length === number ? "+" : ""} new` : "";
    if (text && fresh.textContent !== text) say(`${text} above`);
    fresh.textContent = text;
    fresh.hidden = !number;
  }

  // The rows that go on where a new first page ends. Without a row that both have, nobody knows what lies between; and
  // what stood among the rows of that page and is not in it is gone.
  function behind(page) {
    if (!page.next || rows.length <= page.rows.length) return [];
    const known = new Set(page.rows.map((row) => String(key(row))));
    const isShared = (row) => known.has(String(key(row)));
    const last = rows.findLastIndex(isShared);
    return last < 0 ? [] : rows.slice(last + 1);
  }

  function show() {
    if (rows.length > MOST_ROWS) next = null;
    rows.length = Math.min(rows.length, MOST_ROWS);
    table.show(rows);
    fresh.hidden = true;
    scroll.hidden = rows.length === 0;
    none.hidden = rows.length > 0;
    if (rows.length === 0) fill(none, nothing?.() ?? empty("There is nothing here", ""));
    more.hidden = !next || rows.length >= MOST_ROWS;
    tellCount();
  }

  function tellCount() {
    if (isStale && rows.length > 0) {
      fill(count, "not renewed since ", when(renewed));
      return;
    }
    const all = total ? `${total.counted.toLocaleString("en")}${total.is_more ? "+" : ""}` : "";
    const broken = unreadable ? `, ${counted(unreadable, "row")} cannot be read` : "";
    count.textContent =
      (rows.length === 0
        ? ""
        : total && total.counted > rows.length
          ? `${rows.length.toLocaleString("en")} of ${all} ${what}s`
          : counted(rows.length, what)) + broken;
  }

  const merged = (first, second) => {
    const known = new Set(first.map((row) => String(key(row))));
    return [...first, ...second.filter((row) => !known.has(String(key(row))))];
  };

  /** Puts another state of a row in its place. */
  function replace(row) {
    const name = String(key(row));
    rows = rows.map((one) => (String(key(one)) === name ? row : one));
    table.show(rows);
  }

  return { element, begin, renew, takeNew, replace, rows: () => rows };
}
