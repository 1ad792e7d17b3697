// Questions to the server and changes asked of it. An answer that is none becomes an `ApiError` in words.

const BASE = "/api/v1";
let csrf = "";

/** What the server refused, or that it did not answer. */
class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

/** The address of a resource, with the parts of its question that say something. */
export function address(path, asked = {}) {
  const pairs = Object.entries(asked).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return `${BASE}${path}${query ? `?${query}` : ""}`;
}

/** Asks. */
export const get = (path, asked, signal) => call("GET", address(path, asked), { signal });
/** Asks for a change. */
export const post = (path, body = {}) => knownAnew(() => call("POST", address(path), { body }));
/** Asks that something be taken away. */
export const remove = (path) => knownAnew(() => call("DELETE", address(path), {}));

/** Who is asking, from now on. */
export async function session(signal) {
  return known(await get("/session", {}, signal));
}

/** Says who is asking. */
export const signIn = async (who) => known(await post("/session", who));
/** Ends that. */
export const signOut = () => remove("/session");

function known(answer) {
  csrf = answer.csrf ?? "";
  return answer;
}

// A server that began anew has another word for its pages: it is asked for, once, and the change is tried again.
async function knownAnew(change) {
  try {
    return await change();
  } catch (error) {
    if (error.code !== "csrf") throw error;
    await session();
    return change();
  }
}

async function call(method, url, { body, signal }) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Netsift-Csrf"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, {
      method,
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The server does not answer.");
  }
  return answer(response.status, await response.text());
}

function answer(status, text) {
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    if (status < 400) throw new ApiError(status, "unreadable", "The server's answer could not be read.");
  }
  if (status < 400) return value;
  const { code = `http_${status}`, message = `The server refused (${status}).` } = value?.error ?? {};
  if (status === 401) window.dispatchEvent(new CustomEvent("netsift:login"));
  throw new ApiError(status, code, message);
}

/** Sends a file, and tells which part of it is sent. */
export const upload = (...given) => knownAnew(() => sent(...given));

// `fetch` cannot tell which part is sent.
function sent(path, asked, file, told, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path, asked));
    request.setRequestHeader("X-Netsift-Csrf", csrf);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => told(total ? loaded / total : 0));
    request.addEventListener("load", () => {
      try {
        done(answer(request.status, request.responseText));
      } catch (error) {
        failed(error);
      }
    });
    request.addEventListener("error", () =>
      failed(new ApiError(0, "unreachable", "The connection broke off. The file may be larger than the server takes.")),
    );
    request.addEventListener("abort", () => failed(new DOMException("ended", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
