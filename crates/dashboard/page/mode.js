// Light or dark, before anything is painted: what was chosen here before, else what the system says.
"use strict";
try {
  const mode = localStorage.getItem("netsift-mode");
  if (mode === "light" || mode === "dark") document.documentElement.dataset.mode = mode;
} catch {
  // Without storage the system's mode holds.
}
