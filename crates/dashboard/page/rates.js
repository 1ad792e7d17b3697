// Four cards of how much there is a second: as it was measured for short ranges, as it was kept for long ones.
import * as api from "./api.js";
import { make } from "./dom.js";
import { failed } from "./notice.js";
import { bytes, large, rounded } from "./numbers.js";
import { end, now } from "./session.js";
import { timeChart } from "./timechart.js";
import { BETWEEN, lengthOf, range, times } from "./times.js";

const USUAL = "15m";
/** What is measured every second is remembered for so long. */
const MEASURED = 3_600_000;
const KEPT_EVERY = 15_000;
const MINUTE = 60_000;
/** A chart has about so many points; what was measured more often is averaged. */
const POINTS = 180;
const small = (value) => (value >= 100 ? large(value) : rounded(value, value < 10 ? 2 : 1));

const CARDS = [
  { key: "packets", title: "Packets", unit: "/s", number: large, tint: "s0" },
  { key: "bytes", title: "Bytes", unit: "/s", number: bytes, tint: "s2" },
  { key: "flows", title: "Flows", unit: "/s", number: small, tint: "s5" },
  { key: "alerts", title: "Alerts", unit: "/min", number: small, tint: "s1", times: 60, points: 60 },
];

/** The cards; `load` asks anew, `add` takes another second. */
export function rates(signal) {
  const cards = CARDS.map((of) => rateCard(of, signal));
  let rows = [];
  let totals = null;
  let kept = null;
  let keptAt = 0;
  let before = [];
  let turn = 0;

  const isLong = () => (lengthOf(USUAL) ?? Infinity) > MEASURED || rows.length === 0;

  async function load() {
    const mine = (turn += 1);
    const length = lengthOf(USUAL) ?? Infinity;
    try {
      const told = await api.get("/vitals", { seconds: Math.min(3600, Math.ceil(length / 1000)) }, signal);
      if (mine !== turn) return;
      rows = told.rows;
      totals = told.began === null || told.began === undefined ? null : told.totals;
      const [all, older] = isLong() ? [await counts(), []] : [null, await olderCounts(length)];
      if (mine !== turn) return;
      [kept, before] = [all, older];
      shown();
    } catch (error) {
      failed(error, "Rates");
    }
  }

  async function counts() {
    keptAt = Date.now();
    const { since, until = Infinity } = times(USUAL);
    const told = await api.get("/counts", { ...times(USUAL), by: "all" }, signal);
    return { ...told, since, until: Math.min(until, end()) };
  }

  // The whole minutes of a short range from before this server began: it does not remember them, but the history does.
  async function olderCounts(length) {
    const since = Math.floor(now() - length);
    const until = Math.floor(rows[0].at / MINUTE) * MINUTE;
    if (until - since < MINUTE) return [];
    return (await api.get("/counts", { since, until, minutes: 1, by: "all" }, signal)).bins;
  }

  async function add(row) {
    rows.push(row);
    totals = row.totals ?? totals;
    while (rows.length > 3600) rows.shift();
    shown();
    if (!isLong()) kept = null;
    else if (Date.now() - keptAt > KEPT_EVERY && !document.hidden) {
      const mine = turn;
      try {
        const told = await counts();
        if (mine === turn) kept = told;
      } catch {
        // The next second asks again; the banner tells when nobody answers.
      }
    }
  }

  function shown() {
    const { points, from, until, mean } = kept ? ofCounts(kept) : ofSeconds(rows, lengthOf(USUAL), before);
    // What goes on now says nothing of a time between two others.
    const last = range(USUAL) === BETWEEN ? undefined : rows.at(-1);
    CARDS.forEach(({ key, times = 1, points: most = POINTS }, place) =>
      cards[place].show({
        points: points(key, most).map(([at, value]) => [at, value * times]),
        from,
        until,
        value: last ? lastOf(rows, key, times) : mean?.(key) * times,
        total: last && totals?.[key],
        sum: kept && !(last && totals) ? kept.bins.reduce((sum, bin) => sum + (bin[key] ?? 0), 0) : null,
      }),
    );
  }

  // Where nothing is measured, what another program keeps is looked at again.
  const renew = () => rows.length === 0 && load();
  return { elements: cards.map(({ element }) => element), load, renew, add };
}

function ofSeconds(rows, length, before) {
  const until = rows.at(-1)?.at ?? now();
  const from = until - (length ?? MEASURED);
  const within = rows.filter(({ at }) => at >= from);
  const points = (key, most) => {
    const span = (until - from) / most;
    return [...spread(before, key, span).filter(([at]) => at >= from), ...averaged(within, key, span)];
  };
  return { points, from, until };
}

// Minutes as seconds beside them are: a point for every span, all of a minute alike.
function spread(minutes, key, span) {
  const each = Math.max(1, Math.round(MINUTE / span));
  const ofMinute = (bin) =>
    Array.from({ length: each }, (_, at) => [bin.at + (at * MINUTE) / each, (bin[key] ?? 0) / (MINUTE / 1000)]);
  return minutes.flatMap(ofMinute);
}

// Means of equal spans; a span stays the same while time goes on.
function averaged(rows, key, span) {
  const sums = new Map();
  for (const row of rows) {
    const place = Math.floor(row.at / span);
    const [at, sum, number] = sums.get(place) ?? [row.at, 0, 0];
    sums.set(place, [Math.max(at, row.at), sum + row[key], number + 1]);
  }
  return [...sums.values()].map(([at, sum, number]) => [at, sum / number]);
}

// What is counted by the minute is that of the last minute.
function lastOf(rows, key, times) {
  const all = rows.slice(-times);
  return all.reduce((sum, row) => sum + row[key], 0) * (times / all.length);
}

// The server counts whole minutes from `since` on: the first bin may begin before that, and the last one is not over yet.
function ofCounts({ minutes, bins, since: asked, until: told }) {
  const step = minutes * MINUTE;
  const end = (bins.at(-1)?.at ?? told - step) + step;
  const until = asked === undefined ? Math.min(end, told) : told;
  const from = asked === undefined ? (bins[0]?.at ?? until - step) : Math.floor(asked / MINUTE) * MINUTE;
  const seconds = (begins, ends) => Math.max(1, (Math.min(ends, until) - Math.max(begins, from)) / 1000);
  const sum = (key) => bins.reduce((all, bin) => all + (bin[key] ?? 0), 0);
  return {
    points: (key) => bins.map((bin) => [Math.max(bin.at, from), (bin[key] ?? 0) / seconds(bin.at, bin.at + step)]),
    // Where nothing was counted there was nothing, and it counts as that.
    mean: (key) => (bins.length > 0 ? sum(key) / seconds(from, until) : undefined),
    from,
    until,
  };
}

function rateCard({ key, title, unit, number, tint }, signal) {
  const per = unit === "/min" ? "minute" : "second";
  const chart = timeChart({ said: `${title} a ${per}`, number, tint, height: 110, signal });
  const value = make("span", { class: "big number", data: { rate: key } }, "–");
  const total = make("span", { class: "small faint number" });
  const element = make(
    "section",
    { class: `card w3 rate ${tint}`, "aria-label": `${title} a ${per}` },
    make("header", {}, make("h2", {}, title), total),
    make("p", {}, value, make("span", { class: "faint" }, ` ${unit}`)),
    chart.element,
  );
  function show({ points, from, until, value: rate, total: all, sum }) {
    value.textContent = number(rate);
    total.textContent =
      all !== null && all !== undefined
        ? `${number(all)} in all`
        : sum !== null
          ? `${number(sum)} in all, on average`
          : "";
    chart.show(points, from, until);
  }
  return { element, show };
}
