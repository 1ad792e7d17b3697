// A server of made-up facts, as hostile as anybody could make them: node mock.mjs [PORT]. It keeps the contract of the API
// as far as the page asks for it, so that the page alone can be looked at, with texts that no capture may have today.
// POST /mock/NAME makes something happen to it: see `HAPPENS`.
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "./capture.mjs";

const PAGE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../page");
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript" };
const HOSTILE = [
  "<script>document.title='owned'</script>",
  "<img src=x onerror=\"document.title='owned'\">",
  "\u001b[31mred\u001b[0m\u0007",
  "abc\u202egnp.exe\u202c",
  "javascript:alert(1)",
  "\u0000\u0008 null",
  "a".repeat(10_000),
  "𝕬𝖓 naïve “name” 名前",
  "\u200b\u200bhidden\ufeff",
  "%{x}${y}{{z}}",
];
const KINDS = [
  "port scan",
  "brute force",
  "flood",
  "dns tunnel",
  "beacon",
  "list: bad addresses",
  "DoS Hulk",
  "anomaly",
  ...HOSTILE,
];
const FILE = { "Content-Disposition": "attachment; filename=\"alert.pcap\"" };
const LEVELS = ["low", "medium", "high", "critical"];
const ACTIONS = ["allow", "watch", "rate-limit", "block", "isolate"];

/** What a page that changes something has to send along, and whether nobody is known any more. */
let word = "first";
let isOut = false;

let seed = 7;
const random = () => ((seed = (seed * 1103515245 + 12345) % 2147483648), seed / 2147483648);
const pick = (all) => all[Math.floor(random() * all.length)];
const hex = (number) => number.toString(16).padStart(16, "0");
const ip = () =>
  random() < 0.12
    ? `2001:db8::${Math.floor(random() * 65535).toString(16)}`
    : `192.0.2.${1 + Math.floor(random() * 40)}`;
const outside = () => `198.51.100.${1 + Math.floor(random() * 200)}`;
const began = Date.now() - 25 * 60_000;

const state = {
  alerts: [],
  flows: [],
  comments: new Map(),
  silences: [],
  allowances: [],
  changes: [],
  reports: [],
  seconds: [],
  totals: { packets: 0, bytes: 0, flows: 0, alerts: 0, kernel_drops: 0, interface_drops: null, queue_drops: 17, history: null },
};
const strangeness = Array.from({ length: 100 }, (_, at) =>
  at < 4 ? 0 : Math.round(900 * random() * (at > 96 ? 0.05 : 1)),
);

function madeAlert(at) {
  const score = Math.round(random() * 1000) / 10;
  const level = score > 90 ? "critical" : score > 70 ? "high" : score > 40 ? "medium" : "low";
  const what = random() < 0.8 ? pick(KINDS.slice(0, 8)) : pick(HOSTILE);
  const id = hex(state.alerts.length + 0xabc000);
  return {
    id,
    at,
    first: at - random() * 600_000,
    count: 1 + Math.floor(random() ** 4 * 20_000),
    level,
    score,
    host: random() * 100,
    what,
    source: random() < 0.93 ? { address: ip(), port: null } : null,
    target: random() < 0.85 ? { address: outside(), port: pick([22, 53, 80, 443, 8080]) } : null,
    protocol: pick(["TCP", "UDP"]),
    service: random() < 0.7 ? pick(["HTTP", "TLS", "DNS", "SSH"]) : null,
    names: random() < 0.5 ? [pick(HOSTILE), "www.example.org"] : [],
    terms: [
      { of: "model", says: "DoS Hulk, probability 0.97", risk: 0.82 },
      { of: "behaviour", says: pick(HOSTILE), risk: 0.4 },
      { of: "list", says: "bad addresses", risk: 0.15 },
    ],
    reasons: [
      "Flow Duration 1.204 s (usual -1.25 µs to 123.5 ms) +0.31",
      "Fwd Packet Length Max 0 B (usual 12 B to 1,460 B) -0.12",
      "SYN Flag Count 4 (usual 1) +0.050",
      'Protocol "<b>tcp</b>" -0.020',
      pick(HOSTILE),
    ],
    evidence: ["1,204 ports of 198.51.100.9 within 30 s", pick(HOSTILE)],
    packets: random() < 0.4,
    action: pick(ACTIONS),
    rule: random() < 0.9 ? "scans are watched" : pick(HOSTILE),
    acknowledged: random() < 0.2 ? { at, who: "ann" } : null,
    comments: 0,
  };
}

function madeFlow(first, id) {
  const score = random() ** 3 * 100;
  return {
    id,
    first,
    last: first + random() * 90_000,
    source: { address: ip(), port: 1024 + Math.floor(random() * 60_000) },
    target: { address: outside(), port: pick([22, 53, 80, 443]) },
    protocol: pick(["TCP", "UDP"]),
    service: pick(["HTTP", "TLS", "DNS", null]),
    names: random() < 0.4 ? [pick([...HOSTILE, "www.example.org", "cdn.example.net"])] : [],
    sent: { packets: Math.floor(random() * 90), bytes: Math.floor(random() * 90_000) },
    received: { packets: Math.floor(random() * 90), bytes: Math.floor(random() * 2_000_000) },
    class: pick(["Benign", "Benign", "DoS Hulk", "Port scan", pick(HOSTILE)]),
    probability: 0.5 + random() / 2,
    quantile: random(),
    score,
    level: score > 70 ? "high" : score > 40 ? "medium" : null,
  };
}

function second(at) {
  const wave = 1 + 0.5 * Math.sin(at / 40_000) + random() * 0.4;
  const row = {
    at,
    packets: 1800 * wave,
    bytes: 1_300_000 * wave,
    flows: 60 * wave,
    alerts: random() < 0.15 ? 1 : 0,
    dropped: 0,
    batches_waiting: Math.floor(random() * 3),
    batches_room: 64,
    flows_waiting: Math.floor(random() * 40),
    resident: 90e6 + 4e6 * Math.sin(at / 90_000),
  };
  state.seconds.push(row);
  for (const key of ["packets", "bytes", "flows", "alerts"]) state.totals[key] += Math.round(row[key]);
  return { ...row, totals: { ...state.totals } };
}

for (let at = began; at < Date.now(); at += 1000) second(at);
for (let at = Date.now() - 40 * 3_600_000; at < Date.now() - 20_000; at += (40 * 3_600_000) / 620)
  state.alerts.push(madeAlert(at));
for (let number = 0; number < 900; number += 1) state.flows.push(madeFlow(Date.now() - number * 9000, number));
for (const text of HOSTILE)
  state.changes.push({ at: Date.now() - 1e6, who: text, what: "commented", subject: hex(0xabc001), detail: text });
state.silences.push({
  id: 1,
  since: Date.now() - 5e6,
  until: Date.now() + 5e6,
  who: HOSTILE[0],
  comment: HOSTILE[3],
  which: { what: [HOSTILE[1]], source: ["192.0.2.0/24"], target: [], network: [], rule: [], id: [] },
});
state.allowances.push({
  id: 1,
  since: Date.now() - 5e6,
  who: "ann",
  comment: HOSTILE[6],
  entry: { source: "192.0.2.7", port: 443, domain: HOSTILE[0] },
});

// What is told: a ring of events, and who listens.
const ring = [];
const listeners = new Set();
let last = 0;
function tell(kind, data) {
  const event = { id: (last += 1), text: `id: ${last}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n` };
  ring.push(event);
  if (ring.length > 500) ring.shift();
  for (const response of listeners) response.write(event.text);
}
setInterval(() => tell("vitals", second(Date.now())), 1000).unref();
setInterval(() => {
  const alert = madeAlert(Date.now());
  state.alerts.push(alert);
  tell("alerts", { ids: [alert.id] });
}, 2500).unref();
setInterval(() => {
  for (const report of state.reports) report.state = report.state === "waiting" ? "running" : "done";
}, 700).unref();

function changed(what, subject, detail = "") {
  state.changes.unshift({ at: Date.now(), who: "somebody", what, subject, detail });
  tell("change", { what, subject, who: "somebody" });
}

const sums = (name) => ({
  name,
  flows: Math.floor(1e4 * random()),
  packets: Math.floor(1e6 * random()),
  bytes: Math.floor(1e9 * random()),
});
const falling = (rows) => rows.sort((one, other) => other.bytes - one.bytes);
const page = (rows, { limit = 100, after }) => {
  const from = Number(after ?? 0);
  const until = from + Number(limit);
  return {
    rows: rows.slice(from, until),
    total: { counted: Math.min(rows.length, 10_000), is_more: false },
    next: until < rows.length ? String(until) : null,
  };
};
const ORDERS = {
  newest: (a, b) => b.at - a.at,
  oldest: (a, b) => a.at - b.at,
  worst: (a, b) => b.score - a.score,
  most: (a, b) => b.count - a.count,
};

function alertsOf(asked) {
  const least = LEVELS.indexOf(asked.level ?? "low");
  const fits = (alert) =>
    LEVELS.indexOf(alert.level) >= least &&
    alert.at >= Number(asked.since ?? 0) &&
    alert.at < Number(asked.until ?? Infinity) &&
    (!asked.what || alert.what === asked.what) &&
    (!asked.text || JSON.stringify(alert).toLowerCase().includes(asked.text.toLowerCase())) &&
    (!asked.network || [alert.source, alert.target].some((end) => end?.address === asked.network)) &&
    (asked.acknowledged === undefined || String(Boolean(alert.acknowledged)) === asked.acknowledged);
  return state.alerts.filter(fits).sort(ORDERS[asked.sort ?? "newest"]);
}

const KNOWLEDGE = {
  models: [
    {
      name: "attacks.netsift",
      what: "classifier: forest",
      classes: ["Benign", "DoS Hulk", "Port scan", ...HOSTILE.slice(0, 3)],
      columns: Array.from({ length: 78 }, (_, at) => `Column ${at}`),
      card: `What it is\n  a forest of 100 trees\n${HOSTILE[0]}`,
      metrics: [
        { name: "accuracy", value: 0.9981 },
        { name: "macro F1", value: 0.9712 },
        { name: "log loss", value: 0.0213 },
      ],
      curves: [
        {
          name: "ROC, micro",
          x: "false positive rate",
          y: "true positive rate",
          points: [
            [0, 0],
            [0.01, 0.8],
            [0.05, 0.95],
            [0.2, 0.99],
            [1, 1],
          ],
        },
        {
          name: "Precision and recall",
          x: "recall",
          y: "precision",
          points: [
            [0, 1],
            [0.6, 0.99],
            [0.9, 0.95],
            [1, 0.4],
          ],
        },
      ],
      threshold: null,
      drift: {
        rows: 12_345,
        level: "moderate",
        columns: [
          { name: "Flow Duration", value: 0.31 },
          { name: HOSTILE[1], value: 0.12 },
        ],
      },
    },
    {
      name: "strange.netsift",
      what: "detector: isolation forest",
      classes: [],
      columns: ["Flow Duration", "Total Fwd Packets"],
      card: "",
      metrics: [],
      curves: [],
      threshold: 0.97,
      drift: null,
    },
  ],
  lists: [
    { name: "bad addresses", level: "high", loaded: 12_345, skipped: 2, reasons: [HOSTILE[0], "line 7: no address"] },
    { name: HOSTILE[3], level: "medium", loaded: 12, skipped: 0, reasons: [] },
  ],
  policy: '[levels]\nlow = 20\nmedium = 40\n\n[[rules]]\nname = "scans are watched"',
};
const sink = (name, more) => ({
  name,
  handed: 120,
  limited: 0,
  overflowed: 0,
  unwritten: 0,
  delivered: 118,
  partly: 0,
  dead: 0,
  waiting: 0,
  bytes: 0,
  failures: 0,
  is_failing: false,
  last_error: null,
  last_failure: null,
  last_success: Date.now() - 9000,
  ...more,
});
const SINKS = [
  sink("alerts.jsonl"),
  sink("hook", {
    is_failing: true,
    waiting: 12,
    bytes: 34_567,
    failures: 9,
    last_error: HOSTILE[0] + HOSTILE[2],
    last_failure: Date.now() - 5000,
  }),
  sink(HOSTILE[1], { dead: 4, overflowed: 1 }),
];
const SETTINGS = {
  capture: { interface: "eth0", snap_length: 65_535 },
  sinks: [{ name: "hook", address: "https://siem.example.org/in", token: "hidden (from the variable SIEM_TOKEN)" }],
  note: HOSTILE[0],
  verbose: false,
  rules: { networks: ["192.0.2.0/24", "10.0.0.0/8"], deep: { a: { b: { c: null } } } },
};

const GETS = {
  session: () => ({
    role: isOut ? null : "operator",
    user: null,
    needs_login: isOut,
    by: isOut ? ["token"] : [],
    csrf: isOut ? null : word,
    version: "mock",
    mode: "demo",
    history: true,
    now: Date.now(),
  }),
  vitals: ({ seconds = 900 }) => ({
    now: Date.now(),
    began,
    rows: state.seconds.slice(-Number(seconds)),
    totals: state.totals,
    strangeness: { bins: strangeness, threshold: 0.97 },
  }),
  counts: ({ since, until = Date.now() }) => {
    const from = Number(since ?? Date.now() - 86_400_000);
    const minutes = Math.max(1, Math.ceil((Date.now() - from) / 60_000 / 300));
    const bins = Array.from({ length: 300 }, (_, at) => ({
      at: from + at * minutes * 60_000,
      of: "all",
      flows: 3000 * minutes,
      alerts: Math.floor(random() * 9),
      packets: (90_000 + 4e4 * Math.sin(at / 9)) * minutes,
      bytes: (8e7 + 3e7 * Math.sin(at / 20)) * minutes,
    }));
    return { minutes, bins: bins.filter(({ at }) => at < Math.min(Date.now(), until)) };
  },
  top: ({ of, since, limit = 10 }) => ({
    rows: falling(
      {
        sources: Array.from({ length: 12 }, ip),
        targets: Array.from({ length: 12 }, outside),
        protocols: ["TCP", "UDP", "ICMP"],
        classes: ["Benign", "DoS Hulk", ...HOSTILE.slice(0, 2)],
      }[of].map(sums),
    ).slice(0, Number(limit)),
    covers: { since: Number(since ?? 0) - 20 * 60_000, until: null },
  }),
  alerts: (asked) => page(alertsOf(asked), asked),
  "alerts/groups": ({ limit = 10 }) => ({
    rows: [...new Set(state.alerts.map(({ what }) => what))]
      .slice(0, Number(limit))
      .map((name) => ({ name, alerts: state.alerts.filter(({ what }) => what === name).length, count: 99 }))
      .sort((one, other) => other.alerts - one.alerts),
  }),
  silences: () => ({ rows: state.silences, unreadable: [] }),
  allowances: () => ({ rows: state.allowances, unreadable: [] }),
  changes: () => ({ rows: state.changes }),
  reports: () => ({ rows: state.reports }),
  hosts: () => ({
    rows: Array.from({ length: 60 }, (_, at) => ({
      address: at % 9 ? `192.0.2.${at}` : `2001:db8::${at}`,
      score: Math.max(0, 99 - at * 1.7),
      at: Date.now() - at * 50_000,
    })),
  }),
  flows: (asked) =>
    page(
      state.flows.filter(
        (flow) =>
          (!asked.address || flow.source.address === asked.address) && (!asked.class || flow.class === asked.class),
      ),
      asked,
    ),
  knowledge: () => KNOWLEDGE,
  sinks: () => ({ rows: SINKS, runs_here: true }),
  settings: () => ({ settings: SETTINGS, as_of: began, limits: { streams: 256, upload_mib: 512 } }),
};

function oneHost(address) {
  const scores = Array.from({ length: 90 }, (_, at) => ({
    at: Date.now() - (90 - at) * 600_000,
    score: 40 + 35 * Math.sin(at / 8) + random() * 9,
  }));
  return {
    address,
    scores,
    peers: falling(Array.from({ length: 6 }, outside).map(sums)),
    ports: falling(["443", "80", "53"].map(sums)),
    classes: falling(["Benign", HOSTILE[0]].map(sums)),
    alerts: state.alerts.slice(-12),
    flows: state.flows.slice(0, 12),
  };
}

function oneAlert(id) {
  const alert = state.alerts.find((one) => one.id === id);
  return (
    alert && {
      alert,
      comments: state.comments.get(id) ?? [],
      flow: state.flows[3],
      others: state.alerts.slice(-6),
      flows: state.flows.slice(0, 6),
    }
  );
}

const DONE = { silences: ["silenced", "lifted"], allowances: ["allowed", "disallowed"] };

function change(method, [of, id, part], body) {
  const alert = of === "alerts" && state.alerts.find((one) => one.id === id);
  if (of === "alerts" && !alert) return 404;
  if (part === "acknowledge") {
    alert.acknowledged = method === "POST" ? { at: Date.now(), who: "somebody" } : null;
    changed(alert.acknowledged ? "acknowledged" : "took back", id);
  } else if (part === "comments") {
    state.comments.set(id, [...(state.comments.get(id) ?? []), { at: Date.now(), who: "somebody", text: body.text }]);
    alert.comments += 1;
    changed("commented", id, body.text);
  } else if (of === "silences" || of === "allowances") {
    const held = state[of].find((one) => String(one.id) === id) ?? body;
    if (method === "DELETE") state[of] = state[of].filter((one) => one !== held);
    else
      state[of].push({
        id: Date.now(),
        since: Date.now(),
        until: Date.now() + (body.seconds ?? 0) * 1000,
        who: "somebody",
        comment: body.comment,
        which: body.which,
        entry: body.entry,
      });
    const [made, ended] = DONE[of];
    changed(method === "POST" ? made : ended, `${of} ${id ?? ""}`, JSON.stringify(held.which ?? held.entry));
  } else if (of === "reports") {
    if (method === "DELETE") state.reports = state.reports.filter((one) => one.id !== id);
    else
      state.reports.unshift({
        id: hex(state.reports.length),
        name: body.name,
        bytes: body.size,
        state: "waiting",
        error: null,
        at: Date.now(),
      });
  } else if (part === "test")
    return { ok: id === "alerts.jsonl", error: id === "alerts.jsonl" ? null : `refused: ${HOSTILE[0]}` };
  return {};
}

function answer(response, status, type, body, more = {}) {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    ...more,
  });
  response.end(body);
}
const json = (response, status, value) => answer(response, status, "application/json", JSON.stringify(value));
const refused = (response, status, message, code = `mock_${status}`) =>
  json(response, status, { error: { code, message } });

function stream(request, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const seen = Number(request.headers["last-event-id"] ?? last);
  response.write("retry: 1000\n\n");
  if (ring.length > 0 && seen + 1 < ring[0].id) tell("gap", {});
  for (const event of ring) if (event.id > seen) response.write(event.text);
  response.write(`event: hello\ndata: {"now":${Date.now()}}\n\n`);
  listeners.add(response);
  response.on("close", () => listeners.delete(response));
}

const cell = (value) => `"${String(value).replaceAll('"', '""')}"`;
const EXPORTS = {
  "alerts.csv": [
    "text/csv",
    (rows) => ["id,at,what", ...rows.map(({ id, at, what }) => [id, at, `${what}\n`].map(cell).join(","))].join("\n"),
  ],
  "alerts.json": ["application/json", (rows) => JSON.stringify(rows)],
};

function hungUp() {
  for (const response of listeners) response.destroy();
}

const HAPPENS = {
  /** The word of its pages is another one. */
  forget: () => (word += "+"),
  /** It began anew: that, and nobody is connected. */
  restart: () => (HAPPENS.forget(), hungUp()),
  /** Whoever was known is not. */
  out: () => ((isOut = true), hungUp()),
  /** Everybody is known again. */
  in: () => (isOut = false),
};

function api(request, response, url, body) {
  const name = url.pathname.slice("/api/v1/".length);
  const asked = Object.fromEntries(url.searchParams);
  const parts = name.split("/").map(decodeURIComponent);
  if (isOut && name !== "session") return refused(response, 401, "log in first", "needs_login");
  if (name === "events") return stream(request, response);
  if (request.method !== "GET") {
    if (request.headers["x-netsift-csrf"] !== word) return refused(response, 403, "no CSRF token", "csrf");
    const isJson = request.headers["content-type"] === "application/json";
    const done = change(
      request.method,
      parts,
      isJson ? JSON.parse(body.toString() || "{}") : { name: asked.name, size: body.length },
    );
    return done === 404 ? refused(response, 404, "there is no such thing") : json(response, 200, done);
  }
  if (EXPORTS[name]) {
    const [type, written] = EXPORTS[name];
    const more = { "Content-Disposition": `attachment; filename="${name}"` };
    return answer(response, 200, type, written(alertsOf(asked)), more);
  }
  if (GETS[name]) return json(response, 200, GETS[name](asked));
  if (parts[2] === "packets") return answer(response, 200, "application/vnd.tcpdump.pcap", capture(3), FILE);
  if (parts[0] === "hosts") return json(response, 200, oneHost(parts[1]));
  if (parts[0] === "reports") return answer(response, 200, "text/html", "<h1>report</h1>");
  const one = parts[0] === "alerts" && oneAlert(parts[1]);
  return one ? json(response, 200, one) : refused(response, 404, "There is no such alert.");
}

const assets = () => new Set(readdirSync(PAGE));
const server = createServer((request, response) => {
  const url = new URL(request.url, "http://mock");
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const happens = url.pathname.startsWith("/mock/") && HAPPENS[url.pathname.slice(6)];
    if (happens) return (happens(), answer(response, 204, "text/plain"));
    if (url.pathname.startsWith("/api/v1/")) return api(request, response, url, Buffer.concat(parts));
    const name = url.pathname.startsWith("/assets/") ? url.pathname.slice(8) : "index.html";
    if (!assets().has(name)) return refused(response, 404, "There is no such file.");
    answer(response, 200, TYPES[path.extname(name)], readFileSync(path.join(PAGE, name)));
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${server.address().port}`),
);
