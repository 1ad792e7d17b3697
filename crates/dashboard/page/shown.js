// How the things of this house look wherever they stand: levels, scores, addresses, names.
import { draw, make } from "./dom.js";
import { rounded } from "./numbers.js";
import { begun, short } from "./text.js";

/** Levels, the least first. */
export const LEVELS = ["low", "medium", "high", "critical"];

/** A level, told by its word and by how many bars are full. */
export function level(name) {
  const rank = LEVELS.indexOf(name);
  if (rank < 0) return make("span", { class: "faint" }, "–");
  const bars = LEVELS.map((_, at) =>
    draw("rect", {
      x: 1 + at * 4,
      y: 10 - at * 3,
      width: 3,
      height: 4 + at * 3,
      rx: 1,
      class: at <= rank ? "" : "off",
    }),
  );
  return make(
    "span",
    { class: `level ${name}` },
    draw("svg", { viewBox: "0 0 17 15", "aria-hidden": "true" }, bars),
    begun(name),
  );
}

/** A score from 0 to 100, with how far that is. */
export function score(value, name) {
  if (!Number.isFinite(value)) return make("span", { class: "faint" }, "–");
  const part = Math.min(1, Math.max(0, value / 100));
  return make(
    "span",
    { class: `score ${name ?? ""}`, style: { "--part": part } },
    make("span", { class: "number" }, rounded(value, 0)),
    make("span", { class: "track" }),
  );
}

/** A text of others that cannot reach beyond its own place. */
export const name = (text, most) =>
  make(
    "bdi",
    { title: text && String(text).length > (most ?? 160) ? short(text, 2000) : undefined },
    short(text, most),
  );

/** An address that leads to its page. */
export function host(address) {
  return address
    ? make("a", { class: "address", href: `/hosts/${encodeURIComponent(address)}` }, short(address, 60))
    : make("span", { class: "faint" }, "–");
}

/** An end of something: its address, and its port where one matters. */
export function peer(end) {
  if (!end) return make("span", { class: "faint" }, "many");
  return make(
    "span",
    { class: "peer" },
    host(end.address),
    end.port === null || end.port === undefined ? null : make("span", { class: "address faint" }, `:${end.port}`),
  );
}

/** From one end to the other. */
export function way(source, target) {
  return make(
    "span",
    { class: "way" },
    peer(source),
    make("span", { class: "faint", "aria-label": "to" }, " → "),
    peer(target),
  );
}

/** What is recommended. */
export const action = (text) =>
  make(
    "span",
    { class: `tag ${text === "block" || text === "isolate" ? "strong" : ""}` },
    begun(short(text ?? "–", 30).replace("-", " ")),
  );

/** A small word in a frame. */
export const tag = (text, names = "") => make("span", { class: `tag ${names}` }, short(text, 60));
