// Times in the reader's zone or in UTC: one switch, remembered, and every time on the page follows it.
import { make } from "./dom.js";
import * as kept from "./kept.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_LOOKED_AT_EVERY = 15_000;
const HOUR = 3_600_000;
const two = (number) => String(number).padStart(2, "0");
const listeners = new Set();
let utc = kept.read("zone") === "utc";

export const isUtc = () => utc;

function zoneName() {
  return utc ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone || "local";
}

/** The other zone, for all that is shown and will be. */
export function switchZone() {
  utc = !utc;
  kept.write("zone", utc ? "utc" : "local");
  today = day();
  writeAll();
  listeners.forEach((listener) => listener());
}

const writeAll = () => document.querySelectorAll("time[data-form]").forEach(write);

// What stands without its day is of today, and after midnight it is not. A machine may have slept through that.
const day = () => text(Date.now(), "day");
let today = day();
setInterval(() => {
  if (today === day()) return;
  today = day();
  writeAll();
}, DAY_LOOKED_AT_EVERY);

/** Calls when the zone was switched, for as long as the signal lets. */
export function onZone(listener, signal) {
  listeners.add(listener);
  signal?.addEventListener("abort", () => listeners.delete(listener));
}

/** An element that shows a time: `clock` (short, today without its day), `full` or `minute`. */
export function when(milliseconds, form = "clock") {
  if (!Number.isFinite(milliseconds)) return make("span", { class: "faint" }, "–");
  const element = make("time", { datetime: iso(milliseconds), data: { form, at: milliseconds } });
  write(element);
  return element;
}

function write(element) {
  const at = Number(element.dataset.at);
  element.textContent = text(at, element.dataset.form);
  element.title = `${text(at, "full")} ${utc ? "UTC" : zoneName()}`;
}

function iso(milliseconds) {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

/** A time as a text. */
export function text(milliseconds, form = "clock") {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return "–";
  const part = parts(date);
  const minute = `${two(part.hour)}:${two(part.minute)}`;
  const second = `${minute}:${two(part.second)}`;
  const day = `${part.day} ${MONTHS[part.month]}`;
  if (form === "full") return `${part.year}-${two(part.month + 1)}-${two(part.day)} ${second}`;
  if (form === "day") return day;
  if (form === "minute") return minute;
  if (form === "second") return second;
  const now = parts(new Date());
  if (now.day === part.day && now.month === part.month && now.year === part.year) return second;
  return now.year === part.year ? `${day} ${minute}` : `${day} ${part.year}`;
}

function parts(date) {
  const get = (name) => date[`get${utc ? "UTC" : ""}${name}`]();
  const [year, month, day] = ["FullYear", "Month", "Date"].map(get);
  const [hour, minute, second] = ["Hours", "Minutes", "Seconds"].map(get);
  return { year, month, day, hour, minute, second };
}

/** A time as fields for times have it. */
export function asField(milliseconds) {
  const { year, month, day, hour, minute, second } = parts(new Date(milliseconds));
  const seconds = second ? `:${two(second)}` : "";
  return `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(day)}T${two(hour)}:${two(minute)}${seconds}`;
}

/** The time that a field has; it is no number where there is none. */
export const fromField = (value) => Date.parse(utc && value ? `${value}Z` : value);

const STEPS = [
  1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000, 31_536_000,
].map((seconds) => seconds * 1000);

/** Round times for at most so many marks between two, and how they are written. */
export function marks(from, until, most) {
  const step = STEPS.find((size) => (until - from) / size <= most) ?? (until - from) / Math.max(1, most);
  const offset = (at) => (utc ? 0 : new Date(at).getTimezoneOffset() * 60_000);
  const shift = offset(from);
  const form = step < 60_000 ? "second" : step < 86_400_000 ? "minute" : "day";
  const first = Math.ceil((from - shift) / step) * step + shift;
  // Clocks that are turned meanwhile are turned by an hour: marks that are closer are round all the same.
  const turned = (at) => (step > HOUR ? at + offset(at) - shift : at);
  const times = [];
  for (let at = first; at <= until + HOUR && times.length < 50; at += step) times.push(turned(at));
  const written = (at) => (form === "minute" && text(at, "minute") === "00:00" ? text(at, "day") : text(at, form));
  return times.filter((at) => at >= from && at <= until).map((at) => ({ at, text: written(at) }));
}
