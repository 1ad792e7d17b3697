// Who is there? By the token that was shown at the first start, or by name and password.
import { empty, fill, make } from "./dom.js";
import { field } from "./dialog.js";
import { enter, session } from "./session.js";

export const login = { title: "Sign in", show };

function show(main) {
  const { by, role } = session();
  if (role) {
    fill(
      main,
      make("div", { class: "head" }, make("h1", {}, "Sign in")),
      empty(
        "You are signed in",
        "Or nobody needs to be, where the page is only for this machine.",
        make("a", { class: "button", href: "/" }, "To the overview"),
      ),
    );
    return;
  }
  const wrong = make("p", { class: "wrong", role: "alert", hidden: true });
  const forms = [by.includes("password") && passwordForm, by.includes("token") && tokenForm].filter(Boolean);
  main.className = "is-login";
  fill(
    main,
    make(
      "div",
      { class: "card sign-in stack" },
      make("h1", {}, "Sign in to netsift"),
      wrong,
      forms.map((form) => form((who) => tried(who, wrong))),
    ),
  );
  main.querySelector("input")?.focus();
}

function tokenForm(does) {
  const token = field("Token", "token", {
    type: "password",
    required: true,
    autocomplete: "current-password",
    hint: "It was shown once, when netsift serve was first started for others.",
  });
  return form([token], ({ token: value }) => does({ token: value }));
}

function passwordForm(does) {
  const fields = [
    field("Name", "user", { required: true, autocomplete: "username" }),
    field("Password", "password", { type: "password", required: true, autocomplete: "current-password" }),
  ];
  return form(fields, ({ user, password }) => does({ user, password }));
}

function form(fields, does) {
  const element = make(
    "form",
    { class: "stack" },
    fields,
    make("div", {}, make("button", { type: "submit", class: "main-action" }, "Sign in")),
  );
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    does(Object.fromEntries(new FormData(element)));
  });
  return element;
}

async function tried(who, wrong) {
  wrong.hidden = true;
  try {
    await enter(who);
    window.dispatchEvent(new CustomEvent("netsift:entered"));
  } catch (error) {
    wrong.textContent = error.status === 401 ? "That is not right. Look at it again, please." : error.message;
    wrong.hidden = false;
  }
}
