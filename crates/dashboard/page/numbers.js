// Numbers as people read them.

const LARGE = ["", "k", "M", "G", "T", "P", "E"];
const BYTES = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Three digits and what they are multiplied by. */
function scaled(value, steps, gap) {
  if (!isNumber(value)) return "–";
  let size = Math.abs(value);
  let step = 0;
  while (size >= 999.5 && step < steps.length - 1) {
    size /= 1000;
    step += 1;
  }
  const digits = size >= 100 || (step === 0 && Number.isInteger(size)) ? 0 : size >= 10 ? 1 : 2;
  const text = `${value < 0 ? "−" : ""}${size.toFixed(digits)}`;
  return steps[step] ? `${text}${gap}${steps[step]}` : text;
}

/** `1.24 k`. */
export const large = (value) => scaled(value, LARGE, "\u00a0");
/** `1.24 MB`. */
export const bytes = (value) => scaled(value, BYTES, "\u00a0");
/** `1 flow`, `1.24 k flows`. */
export const many = (value, one) => `${large(value)} ${value === 1 ? one : `${one}s`}`;
/** All digits, in threes. */
export const whole = (value) => (isNumber(value) ? Math.round(value).toLocaleString("en") : "–");
/** At most so many digits behind the point. */
export const rounded = (value, digits = 2) =>
  isNumber(value) ? value.toLocaleString("en", { maximumFractionDigits: digits }) : "–";
/** A part of one, as percent; what is nearly nothing or nearly all does not become it. */
export function percent(part) {
  if (!isNumber(part)) return "–";
  const hundred = part * 100;
  const digits = hundred > 0 && hundred < 1 ? 2 : hundred > 99 && hundred < 100 ? 3 : 1;
  return `${hundred.toLocaleString("en", { maximumFractionDigits: digits })}\u00a0%`;
}

/** A span of milliseconds in its two largest units. */
export function span(milliseconds) {
  if (!isNumber(milliseconds)) return "–";
  const size = Math.max(0, milliseconds);
  if (size < 1000) return `${rounded(size, size < 10 ? 2 : 0)}\u00a0ms`;
  if (size < 60_000) return `${rounded(size / 1000, size < 10_000 ? 1 : 0)}\u00a0s`;
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ];
  const first = units.findIndex(([, length]) => size >= length);
  const [name, length] = units[first];
  const [nextName, nextLength] = units[first + 1];
  const rest = Math.floor((size % length) / nextLength);
  const text = `${Math.floor(size / length)}\u00a0${name}`;
  return rest ? `${text} ${rest}\u00a0${nextName}` : text;
}

/** Round places for about so many lines between nothing and `most`. */
export function ticks(most, about = 3) {
  if (!(most > 0)) return [0, 1];
  const raw = most / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= raw);
  const steps = Math.ceil(most / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, at) => at * step);
}
