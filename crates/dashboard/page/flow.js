// One flow in words and numbers, and a table of many.
import { facts, make } from "./dom.js";
import { bytes, percent, rounded, span, whole } from "./numbers.js";
import * as looks from "./shown.js";
import { counted } from "./text.js";
import { table } from "./table.js";
import { when } from "./time.js";

/** What is known of a flow. */
export function flowFacts(flow) {
  const volume = ({ packets, bytes: size }) => `${bytes(size)} in ${counted(packets, "packet")}`;
  return facts([
    ["From", looks.peer(flow.source)],
    ["To", looks.peer(flow.target)],
    ["Protocol", flow.protocol],
    ["Service", flow.service && looks.name(flow.service, 40)],
    ["Sent", volume(flow.sent)],
    ["Received", volume(flow.received)],
    ["Began", when(flow.first, "full")],
    ["Over", span(flow.last - flow.first)],
    ["Class", flow.class && looks.name(flow.class, 60)],
    ["Probability", Number.isFinite(flow.probability) ? percent(flow.probability) : null],
    ["Stranger than", Number.isFinite(flow.quantile) ? `${percent(flow.quantile)} of usual flows` : null],
    ["Score", Number.isFinite(flow.score) ? looks.score(flow.score, flow.level) : null],
    [
      "Names",
      flow.names?.length
        ? make(
            "span",
            { class: "names" },
            flow.names.slice(0, 20).map((name) => looks.tag(name)),
          )
        : null,
    ],
  ]);
}

/** A table of flows. */
export function flowTable({ without = [], title = "Flows" } = {}) {
  const columns = [
    { key: "last", title: "Ended", of: ({ last }) => when(last) },
    { key: "way", title: "From and to", of: ({ source, target }) => looks.way(source, target) },
    {
      key: "protocol",
      title: "Protocol",
      of: ({ protocol, service }) => [
        protocol,
        service && make("span", { class: "faint" }, " ", looks.name(service, 30)),
      ],
    },
    {
      key: "names",
      title: "Names",
      of: ({ names }) =>
        names?.length
          ? [looks.name(names[0], 60), names.length > 1 && make("span", { class: "faint" }, ` +${names.length - 1}`)]
          : null,
    },
    { key: "sent", title: "Sent", number: true, of: ({ sent }) => bytes(sent.bytes) },
    { key: "received", title: "Received", number: true, of: ({ received }) => bytes(received.bytes) },
    {
      key: "packets",
      title: "Packets",
      number: true,
      of: ({ sent, received }) => whole(sent.packets + received.packets),
    },
    { key: "span", title: "Over", number: true, of: ({ first, last }) => span(last - first) },
    {
      key: "class",
      title: "Class",
      of: ({ class: kind, probability }) =>
        kind && [
          looks.name(kind, 40),
          Number.isFinite(probability) && make("span", { class: "faint" }, ` ${percent(probability)}`),
        ],
    },
    {
      key: "strange",
      title: "Strange",
      number: true,
      of: ({ quantile }) => (Number.isFinite(quantile) ? rounded(quantile, 3) : null),
    },
    { key: "score", title: "Score", number: true, of: ({ score, level }) => looks.score(score, level) },
  ];
  return table({
    title,
    names: "flows cards",
    key: ({ id }) => id,
    columns: columns.filter(({ key }) => !without.includes(key)),
  });
}
