// Short words about what happened: read aloud, gone by themselves unless they tell of an error.
import { inTurn } from "./calm.js";
import { fill, icon, make } from "./dom.js";

const STAYS = 6000;
const MOST = 4;

/** Tells that something was done. */
export const told = (text) => show(text, "");

/** Tells that something failed; what was interrupted by leaving is nothing to tell. */
export function failed(error, about) {
  if (error?.name === "AbortError") return;
  const text = error?.message ?? String(error);
  show(about ? `${about}: ${text}` : text, "is-bad");
}

/** Says something to those who listen rather than look. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

function show(text, names) {
  const all = document.getElementById("notices");
  for (const notice of all.children) if (notice.told === text) notice.remove();
  const close = make(
    "button",
    { type: "button", class: "plain", "aria-label": "Close this notice", on: { click: () => notice.remove() } },
    icon("close"),
  );
  const notice = make("div", { class: `notice ${names}` }, make("p", {}, text), close);
  notice.told = text;
  all.append(notice);
  while (all.children.length > MOST) all.firstChild.remove();
  if (!names) setTimeout(() => notice.remove(), STAYS);
}

/** Fills a place with what went wrong, and a way to try again. */
export function trouble(place, error, again) {
  if (error?.name === "AbortError") return;
  // What was asked wrongly does not become right by asking again.
  const isWrong = error.status === 400;
  const retry = !isWrong && make("button", { type: "button", on: { click: again } }, "Try again");
  // What is told next is shown, though it may be what was told before.
  place.told = undefined;
  const title = isWrong ? "This cannot be asked" : "This could not be loaded";
  fill(
    place,
    make(
      "div",
      { class: "empty", role: "alert" },
      make("p", { class: "empty-title" }, title),
      make("p", {}, error.message),
      retry,
    ),
  );
}

/**
 * What asks and shows the answer, unless a newer one was there before it. What goes wrong is said in the place, until
 * something is shown again.
 */
export function loader(place, ask, show) {
  const turns = inTurn();
  return async function load() {
    const isNewest = turns();
    try {
      const told = await ask();
      if (isNewest()) show(told);
    } catch (error) {
      if (isNewest()) trouble(place, error, load);
    }
  };
}
