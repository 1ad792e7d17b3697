// What people change: one place for the questions that lead to it, and for what is said when it is done.
import { make } from "./dom.js";
import * as api from "./api.js";
import { ask, choice, field } from "./dialog.js";
import { failed, told } from "./notice.js";

const HOUR = 3600;
const LENGTHS = [
  [HOUR, "1 hour"],
  [4 * HOUR, "4 hours"],
  [12 * HOUR, "12 hours"],
  [24 * HOUR, "1 day"],
  [7 * 24 * HOUR, "7 days"],
  [30 * 24 * HOUR, "30 days"],
];
const LEVELS = [
  ["", "Any level"],
  ["low", "Low"],
  ["medium", "Medium or less"],
  ["high", "High or less"],
];

/** Somebody has seen an alert, or takes that back. */
export async function acknowledge(id, isSeen) {
  return tried(async () => {
    const path = `/alerts/${encodeURIComponent(id)}/acknowledge`;
    await (isSeen ? api.post(path) : api.remove(path));
    told(isSeen ? "Acknowledged" : "Acknowledgement taken back");
  });
}

/** A form that adds a comment to the alert that is open, and calls when that is done. */
export function commentForm(open, done) {
  const text = make("textarea", {
    name: "comment",
    "aria-label": "Comment",
    placeholder: "What is known of it …",
    maxlength: 4000,
    required: true,
  });
  const send = make("div", {}, make("button", { type: "submit" }, "Comment"));
  const form = make("form", { class: "stack tight" }, text, send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const path = `/alerts/${encodeURIComponent(open())}/comments`;
    if (!(await tried(() => api.post(path, { text: text.value.trim() })))) return;
    form.reset();
    done();
  });
  return form;
}

/** Asks what is to be silenced, beginning with these. */
export function silence({ what = "", source = "", target = "" } = {}) {
  return ask({
    title: "Silence",
    text: "Alerts of which all of this holds go on being recorded, and nobody is told until the time is over. Leave out what does not matter.",
    fields: [
      field("What it is", "what", { value: what, hint: "* stands for any letters" }),
      field("From this address or network", "source", { value: source }),
      field("To this address or network", "target", { value: target }),
      choice("How bad at most", "at_most", LEVELS, ""),
      choice("For how long", "seconds", LENGTHS, 4 * HOUR),
      field("Why", "comment", { kind: "textarea", maxlength: 1000, required: true, rows: 2 }),
    ],
    action: "Silence it",
    does: async (given) => {
      const which = {
        ...(given.what === asWritten(what) && what ? { what: [what] } : many("what", given)),
        ...many("source", given),
        ...many("target", given),
        ...(given.at_most ? { at_most: given.at_most } : {}),
      };
      if (Object.keys(which).length === 0) throw new Error("Say what is to be silenced: everything cannot be.");
      await api.post("/silences", { which, seconds: Number(given.seconds), comment: given.comment });
      told("Silenced");
    },
  });
}

// What a field makes of a text. What was put there and left alone is one name, whatever commas it has.
const asWritten = (text) => text.replace(/[\r\n]/g, "").trim();
const many = (name, given) => (given[name] ? { [name]: given[name].split(/\s*,\s*/).filter(Boolean) } : {});

/** Asks what is to be allowed, beginning with these. */
export function allow({
  source = "",
  destination = "",
  port = "",
  protocol = "",
  domain = "",
  kind = "",
  network = "",
} = {}) {
  return ask({
    title: "Allow",
    text: "Traffic of which all of this holds is no longer told of, until somebody takes this back. Leave out what does not matter.",
    fields: [
      field("From this address or network", "source", { value: source }),
      field("To this address or network", "destination", { value: destination }),
      field("Either end in this address or network", "network", { value: network }),
      make(
        "div",
        { class: "row fields" },
        field("Port", "port", { value: port, inputmode: "numeric", pattern: "[0-9]{1,5}" }),
        field("Protocol", "protocol", { value: protocol, placeholder: "tcp, udp …" }),
      ),
      field("Name that is asked for", "domain", { value: domain, hint: "*.example.org for all below it" }),
      field("Class", "class", { value: kind }),
      field("Why", "comment", { kind: "textarea", maxlength: 1000, required: true, rows: 2 }),
    ],
    action: "Allow it",
    does: async ({ comment: why, port: number, ...given }) => {
      const entry = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
      if (number) entry.port = Number(number);
      if (Object.keys(entry).length === 0) throw new Error("Say what is to be allowed: everything cannot be.");
      await api.post("/allowances", { entry, comment: why });
      told("Allowed");
    },
  });
}

/** Ends a silence. */
export const lift = (id) => tried(async () => (await api.remove(`/silences/${id}`), told("Lifted")));
/** Ends an allowance. */
export const disallow = (id) => tried(async () => (await api.remove(`/allowances/${id}`), told("Taken back")));

// Whether it was done; what went wrong is told.
async function tried(work) {
  try {
    await work();
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
