// The keyboard. A view says which keys are its own; those of the page hold everywhere.
import { make } from "./dom.js";
import { present } from "./dialog.js";
import { go } from "./router.js";

const VIEWS = {
  o: "/",
  a: "/alerts",
  h: "/hosts",
  f: "/flows",
  e: "/explore",
  m: "/models",
  s: "/sinks",
  q: "/quiet",
  c: "/changes",
};
const HELP = [
  ["j / k", "next and previous row"],
  ["Enter", "open it"],
  ["Esc", "close what is open"],
  ["/", "search"],
  ["a", "acknowledge the open alert, or take it back"],
  ["s", "silence what the open alert tells"],
  ["n", "show what is new"],
  ["g then o a h f e m s q c", "go to overview, alerts, hosts, flows, explore, models, sinks, quiet, changes"],
  ["?", "this list"],
];
const SECOND_KEY_WITHIN = 1200;
/** Keys that go on while they are held; any other does what it does once, above all those that change something. */
const HELD = ["j", "k", "ArrowDown", "ArrowUp"];

let own = {};
let leader = 0;

/** The keys of the view that is shown, by name. */
export function mine(keys) {
  own = keys;
}

/** Begins to listen. */
export function begin() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const isWriting = event.target.matches?.("input:not([type=checkbox],[type=radio]),textarea,select");
    if (isWriting && event.key !== "Escape") return;
    if (event.repeat && !HELD.includes(event.key)) return;
    if (isWriting) event.target.blur();
    else if (handle(event.key)) event.preventDefault();
  });
}

function handle(key) {
  if (Date.now() - leader < SECOND_KEY_WITHIN && VIEWS[key]) {
    leader = 0;
    go(VIEWS[key]);
    return true;
  }
  if (key === "g") leader = Date.now();
  if (key === "?") help();
  if (key === "/") return focusSearch();
  if (own[key]) return own[key]() !== false;
  return key === "?";
}

function focusSearch() {
  const search = document.querySelector("main input[type=search]");
  search?.focus();
  search?.select();
  return Boolean(search);
}

function help() {
  const keys = (text) =>
    text
      .split(" ")
      .map((word) => (word === "then" || (word === "/" && text !== "/") ? ` ${word} ` : make("kbd", {}, word)));
  present(
    "Keys",
    make(
      "dl",
      { class: "pairs" },
      HELP.map(([key, does]) => make("div", {}, make("dt", {}, keys(key)), make("dd", {}, does))),
    ),
  );
}
