// Who is asking, and what they may do.
import { make } from "./dom.js";
import * as api from "./api.js";

const MINUTE = 60_000;
/** What was recorded so lately goes on being recorded. */
const LATELY = 10 * MINUTE;
/** Questions until the last minute is found, in a history of any length. */
const MOST_QUESTIONS = 5;

let known = { role: null, mode: "", now: Date.now() };
/** By how much the server's clock is ahead of this one. */
let ahead = 0;
/** Where nothing happens now: up to when something was recorded, to the minute. */
let recorded = null;

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

/** Learns up to when something was recorded, where that is what is shown. */
export async function learnEnd(signal) {
  if (!known.role || isNow()) return;
  let since = recorded === null ? undefined : recorded - MINUTE;
  // Bins of a long time are wide: the last one is asked for more closely, until it is a minute.
  for (let asked = 0; asked < MOST_QUESTIONS; asked += 1) {
    const { minutes, bins } = await api.get("/counts", { since }, signal);
    if (bins.length === 0) return;
    since = bins.at(-1).at;
    if (minutes === 1) break;
  }
  recorded = since + MINUTE;
}

/** What is known of the session. */
export const session = () => known;
/** The server's time. */
export const now = () => Date.now() + ahead;
/** Where what is shown ends: now, or with what was recorded, if that is over. */
export const end = () => (isNow() || recorded === null || now() - recorded < LATELY ? now() : recorded);
/** Whether changes are allowed. */
export const mayChange = () => known.role === "operator";
/** Whether what happens now is what is shown, rather than something that was recorded. */
export const isNow = () => ["live", "demo"].includes(known.mode);

/** These, for those who may change something; else a word about it. */
export function forOperators(...content) {
  return mayChange() ? content : [make("p", { class: "faint small" }, "You may look. An operator may change this.")];
}
