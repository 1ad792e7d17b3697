// A table whose rows have keys: what changes is written where it stands, and nobody loses the row that he reads.
import { fill, make } from "./dom.js";

/**
 * `columns` are rows of `{ key, title, of }`, where `of` makes what stands in the cell; `number` sets it to the right, `main`
 * makes it the link of the row (with `href`), `value` lets the reader sort by it (`falls` from the greatest at first), `orders` names the server's own orders
 * (first the one of a first press), which `onOrder` is told.
 */
export function table({ title, names = "", columns, key, href, dim, onOrder }) {
  const rows = new Map();
  const body = make("tbody", { role: "rowgroup" });
  const heads = columns.map((column) => head(column, pressed));
  const element = make(
    "table",
    { class: `data ${names}`, role: "table", "aria-label": title },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, heads)),
    body,
  );
  let order = null;
  let selected = null;
  let list = [];

  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (!row || event.target.closest("a,button,input") || String(getSelection())) return;
    row.querySelector(".row-link")?.click();
  });

  function pressed(column) {
    if (column.orders) {
      const at = column.orders.indexOf(order);
      onOrder(column.orders[at + 1] ?? column.orders[0]);
    } else {
      const isSame = order?.key === column.key;
      order = { key: column.key, falls: isSame ? !order.falls : Boolean(column.falls ?? column.number) };
      marked();
      show(list);
    }
  }

  function marked() {
    columns.forEach((column, at) => {
      const falls = column.orders ? column.orders.includes(order) && order !== "oldest" : order?.falls;
      const isIt = column.orders ? column.orders.includes(order) : order?.key === column.key;
      if (isIt) heads[at].setAttribute("aria-sort", falls ? "descending" : "ascending");
      else heads[at].removeAttribute("aria-sort");
    });
  }

  function show(given) {
    list = given;
    const wanted = sorted(given).map((row) => [String(key(row)), row]);
    const keys = new Set(wanted.map(([name]) => name));
    const held = document.activeElement;
    const isHeld = body.contains(held);
    for (const [name, { element: row }] of rows) if (!keys.has(name)) (row.remove(), rows.delete(name));
    let place = body.firstChild;
    for (const [name, row] of wanted) {
      const shown = rows.get(name) ?? added(name);
      written(shown, row);
      if (shown.element === place) place = place.nextSibling;
      else body.insertBefore(shown.element, place);
    }
    if (isHeld && held.isConnected && document.activeElement !== held) held.focus({ preventScroll: true });
  }

  function sorted(given) {
    const column = columns.find((one) => one.key === order?.key);
    if (!column?.value) return given;
    const turn = order.falls ? -1 : 1;
    return [...given].sort((one, other) => turn * compared(column.value(one), column.value(other)));
  }

  function added(name) {
    const cells = columns.map((column) =>
      make("td", { role: "cell", class: classes(column), "data-title": column.title }),
    );
    const link = href && make("a", { class: "row-link" });
    const shown = {
      element: make("tr", { role: "row", data: { key: name }, tabindex: href ? undefined : "-1" }, cells),
      cells,
      link,
      told: null,
    };
    rows.set(name, shown);
    if (name === selected) shown.element.classList.add("is-selected");
    return shown;
  }

  function written(shown, row) {
    const told = JSON.stringify(row);
    if (href) shown.link.setAttribute("href", href(row));
    if (shown.told === told) return;
    shown.told = told;
    shown.element.classList.toggle("is-dim", Boolean(dim?.(row)));
    columns.forEach((column, at) => {
      const content = column.of(row);
      // The link of a row stays the same element, so that the focus on it stays too.
      if (column.main && shown.link) {
        fill(shown.link, content);
        if (shown.link.parentNode !== shown.cells[at]) shown.cells[at].append(shown.link);
      } else fill(shown.cells[at], content);
    });
  }

  function select(name) {
    rows.get(selected)?.element.classList.remove("is-selected");
    rows.get(selected)?.link?.removeAttribute("aria-current");
    selected = name === null || name === undefined ? null : String(name);
    const shown = rows.get(selected);
    shown?.element.classList.add("is-selected");
    shown?.link?.setAttribute("aria-current", "true");
  }

  /** Moves the focus so many rows on; answers whether there was one. */
  function step(by) {
    const all = [...body.rows];
    const held = document.activeElement?.closest?.("tr") ?? rows.get(selected)?.element;
    const at = all.indexOf(held);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
    if (!next) return false;
    const aim = next.querySelector(".row-link") ?? next;
    aim.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  const ordered = (name) => {
    order = name;
    marked();
  };
  return { element, show, select, step, ordered, keys: () => [...rows.keys()] };
}

const classes = (column) => [`c-${column.key}`, column.number && "n"].filter(Boolean).join(" ");

function head(column, pressed) {
  const properties = { scope: "col", role: "columnheader", class: classes(column) };
  const isSortable = column.value || column.orders;
  if (!isSortable) return make("th", properties, column.title);
  return make("th", properties, make("button", { type: "button", on: { click: () => pressed(column) } }, column.title));
}

// What is absent stands behind whatever there is, in texts numbers go by their size.
function compared(one, other) {
  const isAbsent = (value) => value === null || value === undefined || Number.isNaN(value);
  if (isAbsent(one) || isAbsent(other)) return isAbsent(one) - isAbsent(other);
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), "en", { numeric: true });
}
