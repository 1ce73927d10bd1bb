"use strict";

const RETRY_MILLISECONDS = 3000;

// Make an element with this text, which is never parsed as markup.
function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// Make an element with this sentence, in which what stands between backticks is code.
function sentence(name, text, kind) {
  const made = element(name, "", kind);
  text.split(/`([^`\n]+)`/).forEach((part, at) => made.append(at % 2 ? element("code", part) : part));
  return made;
}

// Break JSON into lines. The text is not parsed, because numbers must keep their digits.
function breakLines(text) {
  let out = "", depth = 0, quoted = false;
  const line = () => "\n" + "  ".repeat(depth);
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      out += character === "\\" ? character + text[at += 1] : character;
      quoted = character !== '"';
    } else if (character === "{" || character === "[") {
      const empty = text[at + 1] === "}" || text[at + 1] === "]";
      depth += empty ? 0 : 1;
      out += empty ? character + text[at += 1] : character + line();
    } else if (character === "}" || character === "]") {
      depth -= 1;
      out += line() + character;
    } else if (character === ",") {
      out += character + line();
    } else {
      out += character === ":" ? ": " : character;
      quoted = character === '"';
    }
  }
  return out;
}

// Read a form: the URL path on this sandbox, and the options of fetch.
function readForm(form) {
  const headers = form.dataset.namespace ? {"X-Sandbox-Namespace": form.dataset.namespace} : {};
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("input")) {
    const value = field.dataset.before + field.value;
    if (field.dataset.place === "path") path = path.replace(`{${field.name}}`, () => encodeURIComponent(field.value));
    else if (field.value && field.dataset.place === "query") query.append(field.name, value);
    else if (field.value) headers[field.name] = value;
  }
  const options = {method: form.dataset.method, headers, cache: "no-store", credentials: "same-origin"};
  const body = form.querySelector("textarea");
  if (body) {
    headers["Content-Type"] = body.dataset.type;
    options.body = body.value;
  }
  return {address: query.size ? `${path}?${query}` : path, options};
}

// Read the form of a call that is made again: its method, path, query, headers and body, each as it was typed.
function readAgain(form) {
  const at = (place) => form.querySelector(`[data-place="${place}"]`).value.trim();
  const headers = new Headers();
  for (const field of form.querySelectorAll('[data-place="header"]')) if (field.value) headers.set(field.name, field.value);
  if (at("other-name")) headers.set(at("other-name"), at("other-value"));
  if (form.dataset.namespace) headers.set("X-Sandbox-Namespace", form.dataset.namespace);
  const options = {method: at("method"), headers, cache: "no-store", credentials: "same-origin"};
  const text = form.querySelector("textarea").value;
  if (text) {
    if (["GET", "HEAD"].includes(options.method)) throw new Error(`a browser sends no body with ${options.method}: empty the body, or choose another method`);
    options.body = new Blob([text]); // without a type of its own, which a browser would add
    if (at("type")) headers.set("Content-Type", at("type"));
  }
  const path = form.dataset.path + at("address").replace(/^(?=[^/])/, "/").replaceAll("?", "%3F").replaceAll("#", "%23");
  const query = at("whole-query").replace(/^\?/, "").replaceAll("#", "%23");
  return {address: query ? `${path}?${query}` : path, options};
}

function show(output, refused, parts) {
  output.className = refused ? "refused" : "done";
  output.replaceChildren(...parts);
}

// What a page says when the session has ended. Another tab signs in, so that nothing is lost that was typed here.
function describeSignOut() {
  const said = element("p", "You are signed out. ", "why");
  const link = element("a", "Sign in");
  link.href = "/_sandbox/";
  link.target = "_blank";
  said.append(link, " in another tab, and go on here.");
  return said;
}

// Read calls as they come in, for as long as the page is open; `listen` adds the listeners of each new source.
function readStream(address, listen) {
  const url = new URL(address, location.href);
  const source = new EventSource(url);
  listen(source);
  source.addEventListener("call", (event) => url.searchParams.set("after", event.lastEventId));
  source.addEventListener("open", () => document.getElementById("signed-out")?.remove());
  source.addEventListener("error", async () => {
    if (source.readyState !== EventSource.CLOSED) return;
    // A browser does not ask again for a stream that was refused.
    const reply = await fetch(location.href, {method: "HEAD"}).catch(() => null);
    if (reply && reply.status === 401 && !document.getElementById("signed-out")) {
      const said = describeSignOut();
      said.id = "signed-out";
      said.setAttribute("role", "status");
      document.querySelector("nav.bar").after(said);
    }
    setTimeout(() => readStream(url, listen), RETRY_MILLISECONDS);
  });
}

async function send({address, options}, output) {
  const reply = await fetch(address, options);
  const text = await reply.text();
  const type = reply.headers.get("content-type") || "";
  const explained = reply.headers.get("x-sandbox-explain");
  const id = reply.headers.get("x-sandbox-request");
  const parts = [element("p", `${reply.status} ${reply.statusText}`, "status")];
  parts.push(element("p", `${options.method} ${address}`, "source"));
  if (explained) parts.push(sentence("p", explained, "why"));
  if (reply.status === 401 && address.startsWith("/_sandbox/")) parts.push(describeSignOut());
  if (reply.headers.get("x-sandbox-reason")) {
    parts.push(element("p", "This depends on the sandbox's state, not on the request alone.", "note"));
  }
  parts.push(text ? element("pre", type.includes("json") ? breakLines(text) : text) : element("p", "The reply has no body."));
  if (id) {
    const link = element("a", `${id} in the journal`);
    link.href = `/_sandbox/calls/${id}`;
    parts.push(link);
  }
  show(output, !reply.ok || explained !== null, parts);
  if (id) await advise(id, output);
}

// Show what the journal advises on a call.
async function advise(id, output) {
  const namespace = encodeURIComponent(id.slice(0, id.lastIndexOf("-")));
  const reply = await fetch(`/_sandbox/namespaces/${namespace}/requests/${encodeURIComponent(id)}`, {credentials: "same-origin"});
  if (!reply.ok) return;
  const {advice} = await reply.json();
  const after = output.querySelector(".why") || output.querySelector(".source");
  after.after(...advice.map((text) => sentence("p", text, "advice")));
}

// Keep what was typed into a form as long as the tab is open; credentials are not kept.
function keep(form) {
  const name = `paysandbox-try ${form.dataset.keep}`;
  const fields = [...form.querySelectorAll("input:not([data-credential]), textarea")];
  const kept = JSON.parse(sessionStorage.getItem(name) || "{}");
  for (const field of fields) if (field.name in kept) field.value = kept[field.name];
  const save = () => {
    const typed = fields.filter((field) => field.value !== field.defaultValue).map((field) => [field.name, field.value]);
    if (typed.length) sessionStorage.setItem(name, JSON.stringify(Object.fromEntries(typed)));
    else sessionStorage.removeItem(name);
  };
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  form.addEventListener("reset", () => sessionStorage.removeItem(name));
}

// Make the forms within an element send calls.
function prepare(root) {
  for (const form of root.querySelectorAll("form[data-method]")) {
    const output = form.querySelector("output");
    const fail = (text) => show(output, true, [element("p", text, "why")]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      let call;
      try {
        call = form.matches(".again") ? readAgain(form) : readForm(form);
      } catch (error) {
        fail(`It was not sent: ${error.message}`);
        return;
      }
      send(call, output).catch((error) => fail(`No reply: ${error.message}`));
    });
    const choose = form.querySelector(".choose");
    if (choose) {
      choose.addEventListener("change", () => {
        form.querySelector("textarea").value = choose.selectedOptions[0].dataset.text;
      });
    }
    if (form.dataset.keep) keep(form);
    const reset = form.querySelector(".reset");
    if (reset) {
      reset.addEventListener("click", async () => {
        const reply = await fetch(reset.dataset.path, {method: "POST"}).catch(() => null);
        // 404: no call has created the namespace yet, so there is nothing to reset.
        const done = reply && (reply.ok || reply.status === 404);
        show(output, !done, [element("p", done ? "Records reset." : "The reset failed.", "note")]);
      });
    }
  }
}
prepare(document);

// Unfold the elements around the anchor of the URL. Where it names part of an operation that has a page, go there.
function unfold() {
  const name = readAnchor();
  const moved = document.querySelector(`#operations > [id="${CSS.escape(name.split("-")[0])}"] > a`);
  if (moved) {
    location.replace(`${moved.href}#${name}`);
    return;
  }
  const target = document.getElementById(name);
  for (let element = target; element; element = element.parentElement) {
    if (element.tagName === "DETAILS") element.open = true;
  }
  if (target) target.scrollIntoView();
}

function readAnchor() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);  // a "%" without its digits
  }
}

addEventListener("hashchange", unfold);
unfold();

const leave = document.getElementById("leave");
if (leave) {
  leave.addEventListener("click", async () => {
    await fetch("/_sandbox/session", {method: "DELETE", credentials: "same-origin"});
    location.reload();
  });
}
