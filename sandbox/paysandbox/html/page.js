"use strict";

// An element with this text, which is never read as markup.
function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// JSON in lines. The text is not parsed: digits stay as they were sent.
function inLines(text) {
  let out = "", depth = 0, quoted = false;
  const line = () => "\n" + "  ".repeat(depth);
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (quoted) {
      out += one === "\\" ? one + text[at += 1] : one;
      quoted = one !== '"';
    } else if (one === "{" || one === "[") {
      const empty = text[at + 1] === "}" || text[at + 1] === "]";
      depth += empty ? 0 : 1;
      out += empty ? one + text[at += 1] : one + line();
    } else if (one === "}" || one === "]") {
      depth -= 1;
      out += line() + one;
    } else if (one === ",") {
      out += one + line();
    } else {
      out += one === ":" ? ": " : one;
      quoted = one === '"';
    }
  }
  return out;
}

// What the form says: an address below this sandbox, and the options of the call.
function asked(form) {
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

function show(output, refused, parts) {
  output.className = refused ? "refused" : "done";
  output.replaceChildren(...parts);
}

async function send(form, output) {
  const {address, options} = asked(form);
  const reply = await fetch(address, options);
  const text = await reply.text();
  const type = reply.headers.get("content-type") || "";
  const explained = reply.headers.get("x-sandbox-explain");
  const id = reply.headers.get("x-sandbox-request");
  const parts = [element("p", `${reply.status} ${reply.statusText}`, "status")];
  parts.push(element("p", `${options.method} ${address}`, "source"));
  if (explained) parts.push(element("p", explained, "why"));
  if (reply.headers.get("x-sandbox-reason")) {
    parts.push(element("p", "It depends on what the sandbox remembers, not on the request alone.", "note"));
  }
  parts.push(text ? element("pre", type.includes("json") ? inLines(text) : text) : element("p", "The reply has no body."));
  if (id) {
    const link = element("a", `${id} in the journal`);
    link.href = `/_sandbox/namespaces/${form.dataset.namespace}/requests/${id}`;
    parts.push(link);
  }
  show(output, !reply.ok || explained !== null, parts);
}

for (const form of document.querySelectorAll("form")) {
  const output = form.querySelector("output");
  const failed = (error) => show(output, true, [element("p", `There is no reply: ${error.message}`, "why")]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, output).catch(failed);
  });
  const choose = form.querySelector(".choose");
  if (choose) {
    choose.addEventListener("change", () => {
      form.querySelector("textarea").value = choose.selectedOptions[0].dataset.text;
    });
  }
  const reset = form.querySelector(".reset");
  if (reset) {
    reset.addEventListener("click", async () => {
      const reply = await fetch(reset.dataset.path, {method: "POST"}).catch(() => null);
      // Nothing is there to begin anew where nobody has called yet.
      const done = reply && (reply.ok || reply.status === 404);
      show(output, !done, [element("p", done ? "The records are as at the start." : "That did not work.", "note")]);
    });
  }
}

// An anchor inside of something folded opens it.
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let one = target; one; one = one.parentElement) {
    if (one.tagName === "DETAILS") one.open = true;
  }
  if (target) target.scrollIntoView();
}

addEventListener("hashchange", unfold);
unfold();
