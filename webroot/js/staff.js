// The login of staff, and the account of who is signed in.

import { knows, speak, t } from "./i18n.js";

const element = id => document.getElementById(id);
const message = element("message");
const done = element("done");
const query = new URLSearchParams(location.search);
// null until the server has said who is signed in.
let account = null;
let shown = () => {};
let secret = "";

await speak(() => {
  if (account !== null) show();
  shown();
});

if (query.has("error")) fail({ code: query.get("error"), wait: Number(query.get("wait")) || 0 });
await refresh();

element("login").addEventListener("submit", submit(async (fields, form) => {
  const answer = await ask("login", { name: fields.name.value, password: fields.password.value, code: fields.code.value, to: query.get("to") ?? "" });
  if (answer.code === "CODE_REQUIRED") {
    element("code-field").hidden = false;
    fields.code.focus();
    return;
  }
  if (!answer.ok) {
    fail(answer);
    (element("code-field").hidden ? fields.password : fields.code).select();
    return;
  }
  form.reset();
  element("code-field").hidden = true;
  // The server lets only paths of its own through.
  if (answer.to) location.assign(answer.to);
  else await refresh();
}));

element("sign-out").addEventListener("click", async () => {
  const answer = await ask("logout", {});
  if (!answer.ok) fail(answer);
  await refresh();
  element("login").elements.name.focus();
});

element("change-password").addEventListener("submit", submit(async (fields, form) => {
  if (fields.next.value !== fields.again.value) {
    fail({ code: "DIFFERENT" });
    fields.again.focus();
    return;
  }
  const answer = await ask("password", { password: fields.password.value, next: fields.next.value });
  if (!answer.ok) return fail(answer);
  form.reset();
  await refresh();
  tell("staff.passwordChanged");
}));

element("totp-on").addEventListener("submit", submit(async (fields, form) => {
  const password = fields.password.value;
  if (!secret) {
    const begun = await ask("totp", { action: "begin", password });
    if (!begun.ok) return fail(begun);
    secret = begun.secret;
    element("secret").textContent = secret.replace(/(.{4})(?=.)/g, "$1 ");
    element("secret-link").href = begun.uri;
    element("totp-secret").hidden = false;
    fields.code.focus();
    return;
  }
  const answer = await ask("totp", { action: "confirm", password, secret, code: fields.code.value });
  if (!answer.ok) return fail(answer);
  form.reset();
  forget();
  element("recovery-codes").replaceChildren(...answer.recovery.map(code => {
    const item = document.createElement("li");
    item.textContent = code;
    return item;
  }));
  await refresh();
  element("recovery").hidden = false;
  tell("staff.totpDone");
}));

element("totp-off").addEventListener("submit", submit(async (fields, form) => {
  const answer = await ask("totp", { action: "off", password: fields.password.value, code: fields.code.value });
  if (!answer.ok) return fail(answer);
  form.reset();
  await refresh();
  tell("staff.totpStopped");
}));

/** One request at a time: a second click would count as a second attempt. */
function submit(act) {
  return async event => {
    event.preventDefault();
    const form = event.currentTarget;
    const button = form.querySelector("button[type=submit]");
    if (button.disabled) return;
    quiet();
    if (!form.reportValidity()) return;
    button.disabled = true;
    try {
      await act(form.elements, form);
    } finally {
      button.disabled = false;
    }
  };
}

async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  if (account?.csrf) headers["X-CSRF-Token"] = account.csrf;
  try {
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return await answer.json();
  } catch {
    return { ok: false, code: "UNAVAILABLE" };
  }
}

async function refresh() {
  try {
    account = await (await fetch("me")).json();
  } catch {
    account = { ok: false, code: "UNAVAILABLE" };
  }
  if (!account.ok && account.code !== "SIGNED_OUT") fail(account);
  show();
}

function show() {
  element("signed-out").hidden = account.ok;
  element("signed-in").hidden = !account.ok;
  if (!account.ok) {
    element("sso").hidden = !account.sso;
    if (query.has("to")) element("sso").href = `oidc/start?to=${encodeURIComponent(query.get("to"))}`;
    element("recovery").hidden = true;
    forget();
    return;
  }
  const local = !account.sso;
  element("account-login").textContent = account.login === account.name ? account.login : `${account.name} (${account.login})`;
  element("account-roles").textContent = account.roles.map(role => t(`staff.role.${role}`)).join(t("staff.comma"));
  element("account-totp").textContent = account.totp ? t("staff.totpIsOn", { n: account.recovery }) : t("staff.totpIsOff");
  element("change-password").hidden = !local;
  element("change-password").elements.username.value = account.login;
  element("totp-on").hidden = !local || account.totp || account.mustChange;
  element("totp-off").hidden = !local || !account.totp || account.mustChange;
  if (account.mustChange && message.hidden) fail({ code: "CHANGE_PASSWORD" });
}

function forget() {
  secret = "";
  element("secret").textContent = "";
  element("totp-secret").hidden = true;
}

function fail(answer) {
  shown = () => {
    const key = `staff.error.${answer.code}`;
    message.textContent = knows(key) ? t(key, { seconds: answer.wait ?? 0 }) : (answer.message ?? answer.code);
  };
  message.hidden = false;
  done.hidden = true;
  shown();
}

function tell(key) {
  shown = () => (done.textContent = t(key));
  done.hidden = false;
  message.hidden = true;
  shown();
}

function quiet() {
  message.hidden = true;
  done.hidden = true;
}
