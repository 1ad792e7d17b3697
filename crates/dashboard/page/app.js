// Where it begins: who is asking, the frame of the page, and which view is shown in it.
import * as events from "./events.js";
import * as keys from "./keys.js";
import * as router from "./router.js";
import * as frame from "./frame.js";
import { button, empty, fill, make } from "./dom.js";
import { often } from "./calm.js";
import { failed } from "./notice.js";
import { learn, learnEnd, session } from "./session.js";
import { counted } from "./text.js";
import { alerts } from "./view-alerts.js";
import { flows } from "./view-flows.js";
import { host } from "./view-host.js";
import { hosts } from "./view-hosts.js";
import { login } from "./view-login.js";
import { overview } from "./view-overview.js";

/**
 * Views: `title`, and `show(main, given, signal)`, which answers what else it wants: `follow(given)` is called when only the
 * filters have changed (or the address too, for a view that `stays`), `keys` are its own. Those that are opened less often are
 * loaded when they are.
 */
const ROUTES = [
  { pattern: "/", view: overview },
  { pattern: "/alerts", view: alerts },
  { pattern: "/alerts/:id", view: alerts },
  { pattern: "/hosts", view: hosts },
  { pattern: "/hosts/:address", view: host },
  { pattern: "/flows", view: flows },
  { pattern: "/models", view: later("Models", async () => (await import("./view-models.js")).models) },
  { pattern: "/sinks", view: later("Sinks", async () => (await import("./view-sinks.js")).sinks) },
  { pattern: "/quiet", view: later("Quiet", async () => (await import("./view-quiet.js")).quiet) },
  { pattern: "/explore", view: later("Explore", async () => (await import("./view-explore.js")).explore) },
  { pattern: "/changes", view: later("Changes", async () => (await import("./view-changes.js")).changes) },
  { pattern: "/settings", view: later("Settings", async () => (await import("./view-settings.js")).settings) },
  { pattern: "/login", view: login },
  { pattern: "/.*", view: { title: "Nothing here", show: lost } },
];

const END_LEARNED_EVERY = 30_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
const main = document.getElementById("main");
let shown = { abort: new AbortController(), wants: {} };
let isFirst = true;

begin();

async function begin() {
  frame.begin();
  keys.begin();
  window.addEventListener("netsift:login", () => location.pathname === "/login" || known());
  window.addEventListener("netsift:entered", entered);
  window.addEventListener("unhandledrejection", ({ reason }) => failed(reason));
  await knownAtLast();
  // Whoever is heard anew may be another server, or know this page no more.
  events.on("hello", known);
  often(ended, END_LEARNED_EVERY);
  router.begin(ROUTES, present);
}

async function known() {
  try {
    await introduced();
  } catch (error) {
    failed(error);
  }
}

async function introduced() {
  await learn(AbortSignal.timeout(LONGEST_WAIT));
  frame.told(session());
  await ended();
  if (session().role) events.begin();
  else toLogin();
}

// Where that cannot be told, what is shown ends now.
const ended = () => learnEnd().catch(() => {});

// Without knowing who is asking there is nothing to show: it is asked again, ever less often, and nobody has to reload.
async function knownAtLast() {
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      return await introduced();
    } catch (error) {
      await waited(error, wait);
    }
  }
}

function waited(error, wait) {
  return new Promise((done) => {
    const timer = setTimeout(done, wait);
    const now = () => (clearTimeout(timer), done());
    main.removeAttribute("aria-busy");
    fill(
      main,
      make("div", { class: "head" }, make("h1", {}, "netsift")),
      make(
        "div",
        { role: "status" },
        empty(
          "The server cannot show this yet",
          error.message,
          make("p", {}, `It is asked again in ${counted(wait / 1000, "second")}, by itself.`),
          button("Ask now", now),
        ),
      ),
    );
  });
}

function toLogin() {
  if (location.pathname === "/login") return;
  events.end();
  router.go(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, { replaces: true });
}

async function entered() {
  frame.told(session());
  await ended();
  events.begin();
  const next = router.query().get("next") ?? "/";
  // Only a path of this page: whoever sends a link must not lead elsewhere.
  router.go(/^\/(?![/\\])/.test(next) ? next : "/", { replaces: true });
}

function present({ view, given }, isSame) {
  frame.marked();
  if (isSame) {
    shown.wants.follow?.(given);
    return;
  }
  shown.abort.abort();
  const abort = new AbortController();
  fill(main);
  main.className = "";
  main.removeAttribute("aria-busy");
  title(view.title);
  shown = { abort, wants: {} };
  shown.wants = view.show(main, given, abort.signal) ?? {};
  keys.mine(shown.wants.keys ?? {});
  if (!isFirst) {
    main.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
  isFirst = false;
}

function later(title, load) {
  const show = (place, given, signal) => {
    let [latest, wants] = [given, {}];
    load().then((view) => {
      if (signal.aborted) return;
      wants = view.show(place, latest, signal) ?? {};
      keys.mine(wants.keys ?? {});
    }, failed);
    return { follow: (given) => ((latest = given), wants.follow?.(given)) };
  };
  return { title, show };
}

function title(text) {
  document.title = `${text} – netsift`;
}

function lost(place) {
  fill(
    place,
    make("div", { class: "head" }, make("h1", {}, "Nothing here")),
    empty("No view has this address", "", make("a", { class: "button", href: "/" }, "To the overview")),
  );
}
