// A line over time, drawn by hand: as wide as its place, in the colours of the mode, with the value under the pointer.
import { draw, fill, make } from "./dom.js";
import { ticks } from "./numbers.js";
import { marks, onZone, text as timeText } from "./time.js";

const LEFT = 46;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 20;
/** Between marks of time, so that their texts do not meet. */
const SPACING = 62;
/** A range of which nothing is known at its beginning is cut to this part of it at the most. */
const MOST_STRETCHED = 12;
/** Between points that are further apart than so many usual steps there is nothing. */
const GAP = 3.5;

/**
 * `said` names what goes up, for those who listen; `number` writes a value of it; `most` is the top where it is fixed;
 * `dots` marks every point.
 */
export function timeChart({ said, number, tint = "s0", height = 120, most, dots = false, signal }) {
  const plot = draw("svg", { class: `plot ${tint}`, role: "img", height });
  const tip = make("div", { class: "tip", hidden: true });
  const element = make("div", { class: "chart" }, plot, tip);
  element.style.setProperty("--height", `${height}px`);
  let points = [];
  let range = { from: 0, until: 1 };
  let width = 0;
  let frame = 0;

  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 1) return;
    width = contentRect.width;
    later();
  });
  observer.observe(element);
  onZone(later, signal);
  signal.addEventListener("abort", () => (observer.disconnect(), cancelAnimationFrame(frame)));
  element.addEventListener("pointermove", point);
  element.addEventListener("pointerdown", point);
  element.addEventListener("pointerleave", unpoint);

  /** `given` are pairs of time and value, from left to right. */
  function show(given, from, until) {
    points = given.filter(([, value]) => Number.isFinite(value));
    // What began lately is not lost at the edge of a long time in which there was nothing.
    const begun = Math.min(points[0]?.[0] ?? from, until - (until - from) / MOST_STRETCHED);
    range = { from: Math.max(from, begun), until: Math.max(until, from + 1) };
    later();
  }

  function later() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(paint);
  }

  const x = (at) => LEFT + ((at - range.from) / (range.until - range.from)) * (width - LEFT - RIGHT);
  const y = (value, top) => TOP + (1 - Math.min(1, value / top)) * (height - TOP - BOTTOM);

  function paint() {
    if (width < LEFT + 40) return;
    plot.setAttribute("width", width);
    plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const lines = ticks(most ?? points.reduce((top, [, value]) => Math.max(top, value), 0), height > 150 ? 4 : 3);
    const top = lines.at(-1);
    const grid = lines.map((value) => [
      draw("line", { class: "line", x1: LEFT, x2: width - RIGHT, y1: y(value, top), y2: y(value, top) }),
      draw("text", { class: "axis end", x: LEFT - 7, y: y(value, top) + 3.5 }, bare(number(value))),
    ]);
    const times = marks(range.from, range.until, Math.max(2, Math.floor((width - LEFT) / SPACING))).map(
      ({ at, text }) =>
        draw(
          "text",
          { class: "axis middle", x: Math.min(width - RIGHT - 16, Math.max(LEFT + 8, x(at))), y: height - 5 },
          text,
        ),
    );
    fill(plot, draw("title", {}, summary()), grid, times, shapes(top), draw("g", { class: "cursor" }));
  }

  function shapes(top) {
    const runs = cut(points);
    const path = (run) =>
      run.map(([at, value], place) => `${place ? "L" : "M"}${x(at).toFixed(1)} ${y(value, top).toFixed(1)}`).join("");
    const ground = height - BOTTOM;
    return runs.map((run) => [
      run.length > 1 &&
        draw("path", {
          class: "area",
          d: `${path(run)}L${x(run.at(-1)[0]).toFixed(1)} ${ground}L${x(run[0][0]).toFixed(1)} ${ground}Z`,
        }),
      run.length > 1 && draw("path", { class: "stroke", d: path(run) }),
      (dots || run.length === 1) &&
        run.map(([at, value]) => draw("circle", { class: "dot", cx: x(at), cy: y(value, top), r: 2.2 })),
    ]);
  }

  function summary() {
    if (points.length === 0) return `${said}: nothing was measured`;
    const all = points.map(([, value]) => value);
    return `${said}: ${number(all.at(-1))} at the end, ${number(Math.max(...all))} at most, ${number(Math.min(...all))} at least`;
  }

  function point(event) {
    if (points.length === 0 || width === 0) return;
    const left = event.clientX - element.getBoundingClientRect().left;
    const wanted = range.from + ((left - LEFT) / (width - LEFT - RIGHT)) * (range.until - range.from);
    const [at, value] = nearest(points, wanted);
    const top = ticks(most ?? Math.max(...points.map(([, one]) => one)), height > 150 ? 4 : 3).at(-1);
    const cursor = plot.querySelector(".cursor");
    if (!cursor) return;
    fill(
      cursor,
      draw("line", { x1: x(at), x2: x(at), y1: TOP, y2: height - BOTTOM }),
      draw("circle", { class: "dot", cx: x(at), cy: y(value, top), r: 3.5 }),
    );
    fill(tip, make("strong", {}, number(value)), ` ${timeText(at)}`);
    tip.hidden = false;
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.min(width - half - 2, Math.max(half + 2, x(at)))}px`;
  }

  function unpoint() {
    tip.hidden = true;
    plot.querySelector(".cursor")?.replaceChildren();
  }

  return { element, show };
}

// Beside a line only the digits that say something: `4 k`, not `4.00 k`.
const bare = (text) => text.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");

// Runs of points without a gap between them: gaps are told by the usual distance.
function cut(points) {
  const steps = points
    .slice(1)
    .map(([at], place) => at - points[place][0])
    .sort((one, other) => one - other);
  const usual = steps[Math.floor(steps.length / 2)] ?? 0;
  const runs = [];
  points.forEach((point, place) => {
    const isNew = place === 0 || point[0] - points[place - 1][0] > usual * GAP;
    if (isNew) runs.push([]);
    runs.at(-1).push(point);
  });
  return runs;
}

function nearest(points, wanted) {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < wanted) low = middle;
    else high = middle;
  }
  return wanted - points[low][0] < points[high][0] - wanted ? points[low] : points[high];
}
