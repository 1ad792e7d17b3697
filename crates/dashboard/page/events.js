// What the server tells by itself. The browser takes a broken stream up again behind the last event it had; where the
// server no longer has what was missed, it says `gap`, and so does this module when it had to begin anew.
import { address } from "./api.js";
import { learn } from "./session.js";

const KINDS = ["hello", "vitals", "alerts", "change", "sinks", "trouble", "gap"];
/** A tab that nobody looks at gives its stream back after this long: browsers allow few to one server. */
const HIDDEN_FOR = 60_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

const heard = new EventTarget();
let source = null;
let wait = FIRST_WAIT;
let retry = 0;
let rest = 0;
/** Whether what was told before may be missing something. */
let isBehind = false;
/** `since` is when the connection was lost, null while it holds. */
const state = { since: null, wasOpen: false };

/** Calls with what is told of this kind, or of `connection`, for as long as the signal lets. */
export function on(kind, listener, signal) {
  heard.addEventListener(kind, ({ detail }) => listener(detail), { signal });
}

/** Since when nothing can be heard; null while it can. */
export const lostSince = () => state.since;

/** Begins to listen. */
export function begin() {
  if (source) return;
  open();
  document.addEventListener("visibilitychange", onVisibility);
}

/** Ends it. */
export function end() {
  document.removeEventListener("visibilitychange", onVisibility);
  clearTimeout(retry);
  clearTimeout(rest);
  source?.close();
  source = null;
  state.since = null;
  tell("connection", state);
}

function open() {
  clearTimeout(retry);
  source = new EventSource(address("/events"));
  source.addEventListener("open", opened);
  source.addEventListener("error", broken);
  for (const kind of KINDS) source.addEventListener(kind, ({ data }) => tell(kind, read(data)));
}

function opened() {
  wait = FIRST_WAIT;
  Object.assign(state, { since: null, wasOpen: true });
  tell("connection", state);
  if (isBehind) tell("gap", {});
  isBehind = false;
}

function broken() {
  state.since ??= Date.now();
  tell("connection", state);
  // A refusal ends a source for good; a lost connection does not.
  if (source?.readyState !== EventSource.CLOSED) return;
  isBehind = true;
  retry = setTimeout(again, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

// Why it was refused is not told to a source: the session says whether somebody has to sign in first.
async function again() {
  const refused = source;
  const session = await learn(AbortSignal.timeout(LONGEST_WAIT)).catch(() => null);
  if (source !== refused) return;
  if (session && !session.role) window.dispatchEvent(new CustomEvent("netsift:login"));
  else open();
}

function onVisibility() {
  clearTimeout(rest);
  if (document.hidden) {
    rest = setTimeout(() => {
      clearTimeout(retry);
      source?.close();
      source = null;
      isBehind = true;
    }, HIDDEN_FOR);
  } else if (!source) {
    open();
  }
}

function read(data) {
  try {
    return JSON.parse(data);
  } catch {
    return {};
  }
}

function tell(kind, detail) {
  heard.dispatchEvent(new CustomEvent(kind, { detail }));
}
