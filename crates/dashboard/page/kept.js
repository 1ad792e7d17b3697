// What this browser remembers of its reader: choices of how things look, never data.

/** What was kept by this name, or null. */
export function read(name) {
  try {
    return localStorage.getItem(`netsift-${name}`);
  } catch {
    return null;
  }
}

/** Keeps it, where the browser lets; null forgets. */
export function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(`netsift-${name}`);
    else localStorage.setItem(`netsift-${name}`, value);
  } catch {
    // A choice that cannot be kept holds until the page is closed.
  }
}
