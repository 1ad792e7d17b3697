// Of which times a view is: a span that reaches up to now, or to the end of what was recorded, or from one time to another.
// All of it stands in the address.
import { end, isNow } from "./session.js";
import { query } from "./router.js";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** The name of what lies between two times. */
export const BETWEEN = "between";

/** Spans of time up to the end, by their names in addresses. */
const RANGES = {
  "5m": 5 * MINUTE,
  "15m": 15 * MINUTE,
  "1h": 60 * MINUTE,
  "6h": 360 * MINUTE,
  "24h": DAY,
  "7d": 7 * DAY,
  "30d": 30 * DAY,
};

/** How they are called. */
export const RANGE_TEXTS = {
  "5m": "5 min",
  "15m": "15 min",
  "1h": "1 h",
  "6h": "6 h",
  "24h": "24 h",
  "7d": "7 days",
  "30d": "30 days",
  all: "All",
  [BETWEEN]: "Other",
};

/** The range that the address says; where it says none, this one, or all where nothing happens now. */
export function range(usual = "24h") {
  if (said("from") !== undefined || said("to") !== undefined) return BETWEEN;
  const asked = query().get("range");
  return asked !== BETWEEN && asked in RANGE_TEXTS ? asked : isNow() ? usual : "all";
}

/** The time that the address says by this name, where it says one. */
export function said(name) {
  const at = Date.parse(query().get(name) ?? "");
  return Number.isNaN(at) ? undefined : at;
}

/** A time as it stands in addresses: the same for every reader, wherever he is. */
export const written = (at) => new Date(at).toISOString().replace(/(:00)?\.000Z$/, "Z");

/** What to ask for: from when on, and up to when; what is left out is open. */
export function times(usual) {
  const name = range(usual);
  if (name === BETWEEN) return { since: said("from"), until: said("to") };
  return { since: RANGES[name] && Math.floor(end() - RANGES[name]), until: undefined };
}

/** Two times to begin with for who wants to say them, in whole minutes. */
export function bounds(usual) {
  const { since = end() - DAY, until = end() } = times(usual);
  return { from: Math.floor(since / MINUTE) * MINUTE, to: Math.ceil(until / MINUTE) * MINUTE };
}

/** How long the range is that reaches up to the end; nothing for any other. */
export const lengthOf = (usual) => RANGES[range(usual)];

/** How it is called, as in “nothing of …”. */
export function textOf(usual) {
  const name = range(usual);
  if (name === BETWEEN) return "the times that are asked for";
  if (name === "all") return "all time";
  return `the last ${RANGE_TEXTS[name]}${isNow() ? "" : " that were recorded"}`;
}
