// Lengths that are compared: ranked names, parts of a score, contributions, and how many of each strangeness.
import { draw, fill, make } from "./dom.js";
import { large, percent, rounded, whole } from "./numbers.js";
import { plain } from "./text.js";

/** Ranked rows of `{ name, value, text, href }`; `name` may be an element. The longest is as long as can be, or less than `most`. */
export function ranked(rows, { tint = "s0", label, most: least = 0 } = {}) {
  const most = Math.max(least, ...rows.map(({ value }) => value), 1e-9);
  return make(
    "ol",
    { class: `ranked ${tint}`, "aria-label": label },
    rows.map(({ name, value, text }) =>
      make(
        "li",
        { style: { "--part": Math.max(0, value / most) } },
        make("span", { class: "ranked-name" }, name),
        make("span", { class: "number" }, text),
      ),
    ),
  );
}

/** The terms of a score: how probable each makes it that something is wrong. */
export function terms(all) {
  return make(
    "ol",
    { class: "terms" },
    all.map(({ of, says, risk }) =>
      make(
        "li",
        { style: { "--part": Math.min(1, Math.max(0, risk)) } },
        make("span", { class: "of" }, of),
        make("bdi", { class: "says" }, says),
        make("span", { class: "number" }, percent(risk)),
        make("span", { class: "track" }),
      ),
    ),
  );
}

/** Reads `column value (usual low to high) +0.31`, numbers with or without units, as models tell their reasons; another text is told as it is. */
export function reason(text) {
  const found = /^(.*?)(?: \(usual ([^()]+?)(?: to ([^()]+?))?\))? ([+-][\d.]+(?:e[+-]?\d+)?)$/s.exec(text);
  if (!found) return { text };
  const [, told, low, high, by] = found;
  const [, column, value] = /^(.*?) (missing|"(?:.*)"(?:\.\.\.)?|-?(?:inf|\d[\d.,]*(?:e-?\d+)?)(?:\/s| \D+)?)$/s.exec(told) ?? [null, told, ""];
  return { text, column, value, low, high: high ?? low, by: Number(by) };
}

/**
 * The row of a flow beside what is usual, as far as it matters to what a model says: what makes it more so has its bar to the
 * right, what makes it less so to the left.
 */
export function reasons(all) {
  const read = all.map(reason);
  const most = Math.max(...read.map(({ by }) => Math.abs(by ?? 0)), 1e-9);
  const heads = ["Feature", "This flow", "Usual", "What it adds"];
  return make(
    "table",
    { class: "reasons" },
    make("thead", {}, make("tr", {}, heads.map((name) => make("th", { scope: "col" }, name)))),
    make(
      "tbody",
      {},
      read.map((one) => (one.by === undefined ? stated(one) : against(one, most))),
    ),
  );
}

// A reason that is told in another form stands as it is.
const stated = ({ text }) => make("tr", {}, make("td", { colspan: 4 }, make("bdi", {}, text)));

function against(one, most) {
  const { column, value, low, high, by } = one;
  const range = low === high ? low : `${low} to ${high}`;
  const usual = low === undefined ? make("span", { class: "faint" }, "not told") : range;
  return make(
    "tr",
    { class: by < 0 ? "less" : "more", style: { "--part": Math.abs(by) / most } },
    make("th", { scope: "row" }, make("bdi", {}, column)),
    make("td", { class: `value number ${isOut(one) ? "out" : ""}` }, make("bdi", {}, value)),
    make("td", { class: "usual number" }, make("span", {}, usual), strip(one)),
    make(
      "td",
      { class: "by number" },
      `${by < 0 ? "−" : "+"}${rounded(Math.abs(by), 3)}`,
      make("span", { class: "way-bar" }, make("span", { class: "track" })),
    ),
  );
}

const STRIP = 90;
const figure = (text) => Number(String(text).replaceAll(",", ""));
const isOut = ({ value, low, high }) => figure(value) < figure(low) || figure(value) > figure(high);

// Where a value stands beside what is usual. Large and small stand on one strip, so it grows by powers.
function strip({ value, low, high }) {
  const numbers = [value, low, high].map(figure);
  const svg = draw("svg", {
    class: "strip",
    viewBox: `0 0 ${STRIP} 14`,
    width: STRIP,
    height: 14,
    "aria-hidden": "true",
  });
  if (low === undefined || numbers.some(Number.isNaN)) return svg;
  const [at, from, until] = numbers.map((number) => Math.sign(number) * Math.log1p(Math.abs(number)));
  const [least, most] = [Math.min(at, from), Math.max(at, until)];
  const x = (number) => 4 + ((number - least) / (most - least || 1)) * (STRIP - 8);
  return fill(
    svg,
    draw("line", { x1: 1, x2: STRIP - 1, y1: 7, y2: 7 }),
    draw("rect", { x: x(from) - 1, y: 3.5, width: Math.max(2, x(until) - x(from)) + 2, height: 7, rx: 3 }),
    draw("circle", { cx: x(at), cy: 7, r: 3.5, class: at < from || at > until ? "out" : "" }),
  );
}

const BAR_HEIGHT = 120;

/** How many flows were how strange, with the strangeness from which on something is told of it. Few are drawn so that they are seen: heights grow by powers. */
export function histogram({ bins, threshold }) {
  const most = Math.max(...bins, 1);
  const height = (count) => (count ? 3 + (Math.log1p(count) / Math.log1p(most)) * (BAR_HEIGHT - 12) : 0);
  const isOver = (at) => threshold !== null && threshold !== undefined && (at + 1) / bins.length > threshold + 1e-9;
  const over = bins.reduce((sum, count, at) => sum + (isOver(at) ? count : 0), 0);
  const all = bins.reduce((sum, count) => sum + count, 0);
  const said = `Strangeness of ${whole(all)} flows; ${whole(over)} at or beyond the threshold`;
  const bars = bins.map(
    (count, at) =>
      count > 0 &&
      draw(
        "rect",
        {
          x: at * 4 + 0.5,
          y: BAR_HEIGHT - height(count),
          width: 3,
          height: height(count),
          class: isOver(at) ? "over" : "",
        },
        draw("title", {}, `${rounded(at / bins.length)} to ${rounded((at + 1) / bins.length)}: ${whole(count)}`),
      ),
  );
  const line = Number.isFinite(threshold)
    ? draw("line", { x1: threshold * 400, x2: threshold * 400, y1: 0, y2: BAR_HEIGHT, class: "threshold" })
    : null;
  const svg = draw(
    "svg",
    { class: "histogram", role: "img", viewBox: `0 0 400 ${BAR_HEIGHT}`, preserveAspectRatio: "none" },
    draw("title", {}, said),
    bars,
    line,
  );
  const words = make(
    "p",
    { class: "small faint" },
    `${large(all)} flows`,
    Number.isFinite(threshold)
      ? [", ", make("strong", {}, large(over)), ` at or beyond ${plain(rounded(threshold, 4))}`]
      : ", no threshold",
  );
  return [
    svg,
    make("div", { class: "scale small faint" }, make("span", {}, "0 usual"), make("span", {}, "strange 1")),
    words,
  ];
}

/** A line through points between 0 and 1, as of a model's curve. */
export function curve({ name, x, y, points }) {
  const [size, edge] = [180, 26];
  const all = points.filter((point) => point.every(Number.isFinite));
  const [wide, high] = [0, 1].map((axis) => Math.max(1, ...all.map((point) => point[axis])));
  const at = ([px, py]) =>
    `${(edge + (px / wide) * (size - edge - 6)).toFixed(1)} ${(6 + (1 - py / high) * (size - edge - 6)).toFixed(1)}`;
  const said = `${name}: ${y} by ${x}`;
  const svg = draw(
    "svg",
    { class: "curve s0", role: "img", viewBox: `0 0 ${size} ${size}` },
    draw("title", {}, said),
    draw("path", { class: "line", d: `M${at([0, 0])}L${at([wide, 0])}L${at([wide, high])}L${at([0, high])}Z` }),
    draw("path", { class: "stroke", d: all.map((point, place) => `${place ? "L" : "M"}${at(point)}`).join("") }),
    draw("text", { class: "axis middle", x: (size + edge) / 2, y: size - 6 }, x),
    draw("text", { class: "axis middle", x: 0, y: 0, transform: `translate(12 ${(size - edge) / 2}) rotate(-90)` }, y),
  );
  return make("figure", {}, svg, make("figcaption", { class: "small faint" }, name));
}
