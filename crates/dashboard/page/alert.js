// One alert: what its score is made of, why a model says so, what else its source did, and what people say of it.
import * as api from "./api.js";
import * as change from "./change.js";
import { calmly, inTurn, scattered } from "./calm.js";
import { reasons, terms } from "./bars.js";
import { button, card, empty, facts, fill, icon, make, refill, refillParts } from "./dom.js";
import { flowFacts } from "./flow.js";
import { say, trouble } from "./notice.js";
import { large, rounded, span } from "./numbers.js";
import { forOperators, mayChange } from "./session.js";
import * as looks from "./shown.js";
import { counted } from "./text.js";
import { when } from "./time.js";

const RENEWED_EVERY = 2000;

/** The panel: `close` leaves it, `changed` is told another state of the alert. */
export function alertPanel({ close, changed, signal }) {
  const head = make("div", { class: "panel-head" });
  const actions = make("div", { class: "row actions" });
  const body = make("div", { class: "stack" });
  const remarks = make("div", { class: "stack" });
  const writes = change.commentForm(() => id, load);
  const talk = card("Comments", {}, remarks, forOperators(writes));
  const wrong = make("div", {});
  const content = make("div", { class: "panel-body", tabindex: "-1" }, wrong, body, talk);
  const element = make("article", { class: "panel", "aria-label": "Alert" }, head, actions, content);
  const turns = inTurn();
  let id = null;
  let alert = null;
  let turn = 0;

  function open(wanted) {
    if (wanted === id) return;
    id = wanted ?? null;
    alert = null;
    turn += 1;
    element.hidden = !id;
    for (const part of [head, actions, body, remarks, wrong]) (fill(part), (part.told = undefined));
    writes.reset();
    content.scrollTop = 0;
    talk.hidden = true;
    if (id) load();
  }

  async function load() {
    const mine = turn;
    const isNewest = turns();
    try {
      const told = await api.get(`/alerts/${encodeURIComponent(id)}`, {}, signal);
      if (mine === turn && isNewest()) shown(told);
    } catch (error) {
      if (mine !== turn || !isNewest()) return;
      fill(head, make("h2", {}, error.status === 404 ? "No such alert" : "Alert"), closes());
      trouble(wrong, error, load);
    }
  }

  function shown(told) {
    ({ alert } = told);
    fill(wrong);
    talk.hidden = false;
    refill(head, [alert.level, alert.what, alert.score], () => [
      looks.level(alert.level),
      make("h2", {}, looks.name(alert.what, 200)),
      make("span", { class: "big number" }, rounded(alert.score, 0)),
      closes(),
    ]);
    refill(actions, [alert.id, alert.acknowledged, alert.packets], () => buttons());
    const { terms: risks, reasons: why, evidence: seen, source, target } = alert;
    refillParts(body, [
      ["summary", alert, () => summary(alert)],
      ["score", [risks, why], () => score(alert)],
      ["evidence", seen, () => evidence(alert)],
      ["flow", told.flow, () => flow(told)],
      ["beside", [told.others, told.flows, source ?? target], () => beside(told)],
    ]);
    refill(remarks, told.comments, () =>
      told.comments.length === 0
        ? make("p", { class: "faint" }, "Nobody has said anything.")
        : make(
            "ol",
            { class: "comments" },
            told.comments.map(({ at, who, text }) =>
              make(
                "li",
                {},
                make("p", { class: "small faint" }, make("strong", {}, looks.name(who, 60)), " ", when(at)),
                make("p", { class: "said" }, make("bdi", {}, text)),
              ),
            ),
          ),
    );
    changed(alert);
  }

  const closes = () =>
    make(
      "button",
      {
        type: "button",
        class: "plain closes",
        "aria-label": "Close the alert",
        "data-key": "close",
        on: { click: close },
      },
      icon("close"),
    );

  function buttons() {
    const isSeen = Boolean(alert.acknowledged);
    const packets =
      alert.packets &&
      make(
        "a",
        {
          class: "button",
          href: api.address(`/alerts/${encodeURIComponent(alert.id)}/packets`),
          download: "",
          "data-key": "packets",
        },
        icon("down"),
        "Packets",
      );
    if (!mayChange()) return [packets];
    const sees = make(
      "button",
      { type: "button", class: isSeen ? "" : "main-action", "data-key": "acknowledge", on: { click: acknowledge } },
      icon("check"),
      isSeen ? "Take back" : "Acknowledge",
    );
    const seen =
      isSeen &&
      make(
        "span",
        { class: "small faint" },
        "Acknowledged by ",
        looks.name(alert.acknowledged.who, 40),
        " ",
        when(alert.acknowledged.at),
      );
    return [sees, button("Silence …", silence), button("Allow …", allow), packets, seen];
  }

  function acknowledge() {
    if (!alert || !mayChange()) return false;
    change.acknowledge(alert.id, !alert.acknowledged).then((isDone) => isDone && load());
    return true;
  }

  function silence() {
    if (!alert || !mayChange()) return false;
    change.silence({
      what: alert.what,
      source: alert.source?.address,
      target: alert.source ? "" : alert.target?.address,
    });
    return true;
  }

  function allow() {
    const { source, target, protocol } = alert;
    change.allow({
      source: source?.address,
      destination: target?.address,
      port: target?.port ?? "",
      protocol: protocol?.toLowerCase(),
    });
  }

  const renew = calmly(
    scattered(() => id && load(), signal),
    RENEWED_EVERY,
    signal,
  );
  return {
    element,
    open,
    acknowledge,
    silence,
    id: () => id,
    news: (ids) => id && ids.includes(id) && renew(),
    changed: (subject) => {
      if (!id || !subject.includes(id)) return;
      say("This alert was changed");
      load();
    },
    reload: () => id && load(),
  };
}

function summary(alert) {
  const names =
    alert.names.length > 0 &&
    make(
      "span",
      { class: "names" },
      alert.names.slice(0, 20).map((name) => looks.tag(name)),
    );
  return card(
    "What happened",
    {},
    make("p", { class: "way-large" }, looks.way(alert.source, alert.target)),
    facts([
      ["Seen", `${large(alert.count)} ${alert.count === 1 ? "time" : "times"}`],
      ["First", when(alert.first, "full")],
      ["Last", when(alert.at, "full")],
      ["Over", span(alert.at - alert.first)],
      ["Protocol", alert.protocol],
      ["Service", alert.service && looks.name(alert.service, 40)],
      ["Advice", looks.action(alert.action)],
      ["By the rule", looks.name(alert.rule, 80)],
      ["Its host", Number.isFinite(alert.host) ? [`${rounded(alert.host, 0)} of 100 at `, when(alert.at)] : null],
      ["Names", names],
      ["Number", make("code", {}, alert.id)],
    ]),
  );
}

function score(alert) {
  const made = alert.terms.length > 0 && card("What the score is made of", {}, terms(alert.terms));
  const why =
    alert.reasons.length > 0 &&
    card(
      "Why the model says so",
      { aside: make("span", { class: "small faint" }, "usual is what nine of ten flows had that it learned from") },
      reasons(alert.reasons),
    );
  return [made, why].filter(Boolean);
}

function evidence(alert) {
  if (alert.evidence.length === 0) return [];
  return [
    card(
      "What was counted",
      {},
      make(
        "ul",
        { class: "evidence" },
        alert.evidence.map((text) => make("li", {}, make("bdi", {}, text))),
      ),
    ),
  ];
}

const flow = ({ flow: it }) => (it ? [card("The flow", {}, flowFacts(it))] : []);

function beside({ alert, others, flows }) {
  const whose = alert.source ?? alert.target;
  const parts = [];
  if (others.length > 0) {
    parts.push(
      card(
        "Other alerts of this host",
        {},
        make(
          "ol",
          { class: "latest" },
          others.map((other) =>
            make(
              "li",
              {},
              looks.level(other.level),
              make("a", { class: "what", href: `/alerts/${encodeURIComponent(other.id)}` }, looks.name(other.what, 60)),
              looks.way(other.source, other.target),
              make("span", { class: "times small faint number" }, when(other.at)),
            ),
          ),
        ),
      ),
    );
  }
  if (flows.length > 0) {
    parts.push(
      card(
        "Other flows of this host",
        {
          aside:
            whose &&
            make("a", { class: "small", href: `/flows?address=${encodeURIComponent(whose.address)}` }, "All of them"),
        },
        make(
          "ol",
          { class: "latest" },
          flows.map((one) =>
            make(
              "li",
              {},
              looks.way(one.source, one.target),
              make("span", {}, looks.name(one.class ?? one.service ?? one.protocol, 40)),
              make(
                "span",
                { class: "times small faint number" },
                Number.isFinite(one.score) && one.score > 0 ? `${rounded(one.score, 0)} · ` : "",
                when(one.first),
              ),
            ),
          ),
        ),
      ),
    );
  }
  return parts.length > 0 ? parts : [card("This host", {}, empty("Nothing else is known of it", ""))];
}
