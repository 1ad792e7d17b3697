// Which view stands at which address. Filters stand in the query, so that an address can be shared.

let routes = [];
let shown = null;
let show = () => {};

/** Begins: `table` is rows of a pattern (`/alerts/:id`) and a view; `present` is called with each view that is to be shown. */
export function begin(table, present) {
  routes = table;
  show = present;
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", () => arrive());
  arrive();
}

/** Goes to an address of this page. */
export function go(to, { replaces = false } = {}) {
  if (to === location.pathname + location.search) return;
  history[replaces ? "replaceState" : "pushState"](null, "", to);
  arrive();
}

/** The filters of the address. */
export const query = () => new URLSearchParams(location.search);

/** The address of this view with some filters changed; those that become empty are left out. */
export function withQuery(changes, path = location.pathname) {
  const all = query();
  for (const [key, value] of Object.entries(changes)) {
    if (value === "" || value === null || value === undefined) all.delete(key);
    else all.set(key, value);
  }
  const text = all.toString();
  return text ? `${path}?${text}` : path;
}

/** Shows the view of the address anew. */
export function again() {
  shown = null;
  arrive();
}

function arrive() {
  const found = match(location.pathname);
  // A view that stands for several addresses is told of the change and stays as it is.
  if (shown && found.view === shown.view && (found.view.stays || found.path === shown.path)) {
    shown = found;
    show(found, true);
  } else {
    shown = found;
    show(found, false);
  }
}

function match(path) {
  for (const { pattern, view } of routes) {
    const names = [];
    const form = pattern.replace(/:(\w+)/g, (_, name) => (names.push(name), "([^/]+)"));
    const found = new RegExp(`^${form}/?$`).exec(path);
    if (found)
      return { view, path, given: Object.fromEntries(names.map((name, at) => [name, decoded(found[at + 1])])) };
  }
  return null;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// Links within the page do not load it again.
function onClick(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const to = new URL(link.href);
  if (
    to.origin !== location.origin ||
    to.pathname.startsWith("/api/") ||
    (to.hash && to.pathname === location.pathname)
  )
    return;
  event.preventDefault();
  go(to.pathname + to.search);
}
