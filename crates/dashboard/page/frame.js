// What stands around every view: where one is, whether the server is heard, the zone of times, light and dark.
import * as events from "./events.js";
import * as kept from "./kept.js";
import * as api from "./api.js";
import { button, fill, refill } from "./dom.js";
import { calmly, scattered } from "./calm.js";
import { failed } from "./notice.js";
import { session } from "./session.js";
import { isUtc, switchZone, when } from "./time.js";

const MODES = ["auto", "light", "dark"];
const RUNNING = { live: "Live", demo: "Demo", replay: "Replay", history: "History" };
const COUNTED_EVERY = 5000;
const at = (id) => document.getElementById(id);

/** Begins: what of the frame can be pressed, and what moves in it. */
export function begin() {
  at("menu").addEventListener("click", () => open(!at("side").classList.contains("is-open")));
  at("zone").addEventListener("click", () => (switchZone(), zoned()));
  at("mode").addEventListener("click", nextMode);
  events.on("connection", connected);
  const count = calmly(scattered(counted), COUNTED_EVERY);
  for (const kind of ["alerts", "change", "gap", "hello"]) events.on(kind, count);
  events.on("trouble", ({ text: trouble }) => failed(new Error(trouble)));
  zoned();
  moded();
}

/** Shows who is asking, and what is running. */
export function told({ mode, user, role, needs_login: needsLogin, version }) {
  const badge = at("running");
  badge.textContent = RUNNING[mode] ?? mode ?? "";
  badge.hidden = !mode || !role;
  document.body.classList.toggle("is-out", !role);
  badge.classList.toggle("is-live", mode === "live" || mode === "demo");
  const out = button("Sign out", signOut, { class: "quiet-link" });
  refill(at("who"), { user, role, needsLogin, version }, () => [
    role && needsLogin ? [`${user ?? role} (${role}) `, out, " "] : null,
    version ? `netsift ${version}` : null,
  ]);
}

/** Marks in the side which view is shown. */
export function marked() {
  open(false);
  for (const link of at("nav").querySelectorAll("a")) {
    const path = link.getAttribute("href");
    const isHere =
      path === "/" ? location.pathname === "/" : location.pathname === path || location.pathname.startsWith(`${path}/`);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function signOut() {
  try {
    await api.signOut();
    events.end();
    location.assign("/login");
  } catch (error) {
    failed(error);
  }
}

function open(isOpen) {
  at("side").classList.toggle("is-open", isOpen);
  at("menu").setAttribute("aria-expanded", String(isOpen));
}

function connected() {
  const since = events.lostSince();
  const banner = at("lost");
  banner.hidden = since === null;
  if (since !== null)
    fill(
      banner,
      "Disconnected since ",
      when(since),
      ". What is shown is from then; it goes on by itself when the server answers.",
    );
  at("running").classList.toggle("is-lost", since !== null);
}

async function counted() {
  if (!session().role) return;
  try {
    const { total } = await api.get("/alerts", { acknowledged: false, level: "high", limit: 1 });
    const count = at("unseen");
    count.hidden = total.counted === 0;
    count.textContent = total.is_more || total.counted > 999 ? "999+" : total.counted;
    count.title = "High and critical alerts that nobody has acknowledged";
    count.setAttribute("aria-label", `${count.textContent} high or critical, not acknowledged`);
  } catch {
    // The count is an extra: the view itself says what is wrong.
  }
}

function zoned() {
  at("zone").lastElementChild.textContent = isUtc() ? "UTC" : "Local time";
  at("zone").title = "Times in your zone or in UTC";
}

function nextMode() {
  const mode = MODES[(MODES.indexOf(document.documentElement.dataset.mode ?? "auto") + 1) % MODES.length];
  if (mode === "auto") delete document.documentElement.dataset.mode;
  else document.documentElement.dataset.mode = mode;
  kept.write("mode", mode === "auto" ? null : mode);
  moded();
}

function moded() {
  at("mode").lastElementChild.textContent = `Colours: ${document.documentElement.dataset.mode ?? "auto"}`;
}
