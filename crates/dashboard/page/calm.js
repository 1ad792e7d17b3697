// Work that would be asked for too often, done seldom enough.

const SCATTERED = 1000;

/** Runs `work` at once, and after that at most every so many milliseconds, the last request never lost. */
export function calmly(work, every, signal) {
  let timer = 0;
  let isWaiting = false;
  const run = () => {
    isWaiting = false;
    timer = setTimeout(() => {
      timer = 0;
      if (isWaiting) run();
    }, every);
    work();
  };
  signal?.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (signal?.aborted) return;
    if (timer) isWaiting = true;
    else run();
  };
}

/**
 * For answers that overtake each other. Called with each question; what it answers is called with the answer, and says
 * whether that is the newest so far: an older one would bring back what has changed meanwhile.
 */
export function inTurn() {
  let asked = 0;
  let newest = 0;
  return () => {
    const mine = (asked += 1);
    return () => mine >= newest && Boolean((newest = mine));
  };
}

/** Runs `work` a part of a second later, another one each time: pages that hear the same at once do not all ask at once. */
export function scattered(work, signal) {
  let timer = 0;
  signal?.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, Math.random() * SCATTERED);
  };
}

/** Runs `work` when nothing was asked for so long. */
export function settled(work, after, signal) {
  let timer = 0;
  signal?.addEventListener("abort", () => clearTimeout(timer));
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(work, after, ...given);
  };
}

/** Runs `work` every so many milliseconds while somebody looks. */
export function often(work, every, signal) {
  const timer = setInterval(() => document.hidden || work(), every);
  signal?.addEventListener("abort", () => clearInterval(timer));
}
