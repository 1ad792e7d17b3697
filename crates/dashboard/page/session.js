// Who is asking, and what they may do.
import { make } from "./dom.js";
import * as api from "./api.js";

let known = { role: null, mode: "", now: Date.now() };
/** By how much the server's clock is ahead of this one. */
let ahead = 0;

/** Asks the server who this is. */
export async function learn(signal) {
  return keep(await api.session(signal));
}

/** Signs in. */
export async function enter(who) {
  return keep(await api.signIn(who));
}

function keep(answer) {
  known = answer;
  if (Number.isFinite(answer.now)) ahead = answer.now - Date.now();
  return known;
}

/** What is known of the session. */
export const session = () => known;
/** The server's time. */
export const now = () => Date.now() + ahead;
/** Whether changes are allowed. */
export const mayChange = () => known.role === "operator";
/** Whether what happens now is what is shown, rather than something that was recorded. */
export const isNow = () => ["live", "demo"].includes(known.mode);

/** These, for those who may change something; else a word about it. */
export function forOperators(...content) {
  return mayChange() ? content : [make("p", { class: "faint small" }, "You may look. An operator may change this.")];
}
