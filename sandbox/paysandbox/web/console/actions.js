"use strict";

// Forms that make a call of the control API: `data-call` is its method, `data-path` its path. The name of a field is the
// JSON pointer of its property, or with `data-place="path"` a parameter of the path. `data-ask` is asked first. After it the
// page of `data-next`, or this one again, says `data-done`. `element` is page.js's.

const SAID = "paysandbox-said";
const BROKEN = /\(line ([0-9]+), column [0-9]+\)$/; // of what is no JSON

function readValue(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.dataset.place === "body") return field.value; // also an empty one, of which the sandbox says that it is
  if (field.value === "") return undefined;
  if (field.dataset.type === "json") return JSON.parse(field.value);
  const isNumber = field.dataset.type === "number" && /^-?[0-9]+([.][0-9]+)?$/.test(field.value);
  return isNumber ? Number(field.value) : field.value;
}

// Put a value at its pointer.
function put(body, pointer, value) {
  const steps = pointer.slice(1).split("/");
  const last = steps.pop();
  let inside = body;
  for (const step of steps) inside = inside[step] ??= {};
  inside[last] = value;
}

function readCall(form) {
  const body = {};
  let path = form.dataset.path;
  let text; // a body that is sent as it was typed, because a number of JavaScript's would lose digits
  let count = 0;
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    const value = readValue(field);
    if (value === undefined) continue;
    if (field.dataset.place === "body") text = field.value;
    else if (field.dataset.place === "path") path = path.replace(`{${field.name}}`, () => encodeURIComponent(value));
    else if (field.dataset.place === "json") Object.assign(body, JSON.parse(value));
    else put(body, field.name, value);
    count += 1;
  }
  const options = {method: form.dataset.call, headers: {}, credentials: "same-origin"};
  if (count) {
    options.headers["Content-Type"] = "application/json";
    options.body = text ?? JSON.stringify(body);
  }
  return {path, options};
}

function clearErrors(form) {
  for (const said of form.querySelectorAll(".field-error")) said.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  form.querySelector("output").replaceChildren();
  const before = document.getElementById("said");
  if (before) before.hidden = true;
}

// The line, from 0, at which the property of a pointer begins in JSON with a property a line; -1 if it is not there.
function findLine(lines, pointer) {
  let line = -1;
  for (const step of pointer.slice(1).split("/")) {
    const label = JSON.stringify(step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const next = lines.findIndex((text, at) => at > line && text.trimStart().startsWith(`${label}:`));
    if (next === -1) break;
    line = next;
  }
  return line;
}

function selectLine(area, lines, line) {
  const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + lines[line].length);
}

// The field of a violation: of a property by its pointer, of a parameter of the path by its name.
function findField(form, pointer) {
  const isOfPath = pointer.startsWith("{");
  const name = isOfPath ? pointer.slice(1, -1) : pointer;
  return [...form.elements].find((one) => one.name && one.name === name && (one.dataset.place === "path") === isOfPath);
}

// Say each error at its field; the rest, and what has no field, below the form.
function showErrors(form, {detail, violations = []}) {
  const rest = violations.length ? [] : [detail];
  const area = form.querySelector("textarea[data-place=body]");
  const lines = area ? area.value.split("\n") : [];
  const broken = area && Number((detail.match(BROKEN) || [])[1]);
  let isSelected = Boolean(broken && broken <= lines.length);
  if (isSelected) selectLine(area, lines, broken - 1);
  else if (area && !violations.length) area.focus();
  let first = null;
  for (const {pointer, message} of violations) {
    const field = findField(form, pointer);
    if (!field) {
      const line = area && pointer.startsWith("/") ? findLine(lines, pointer) : -1;
      if (line !== -1 && !isSelected) {
        selectLine(area, lines, line);
        isSelected = true;
      }
      rest.push(`${line === -1 ? "" : `line ${line + 1}, `}${pointer.startsWith("/") ? `${pointer}: ` : ""}${message}`);
      continue;
    }
    const said = element("span", message, "why field-error");
    said.id = `error-${pointer}`;
    field.after(said);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", said.id);
    first ??= field;
  }
  form.querySelector("output").append(...rest.map((text) => sentence("p", text, "why")));
  if (first) first.focus();
}

async function act(form) {
  clearErrors(form);
  if (form.dataset.ask && !confirm(form.dataset.ask)) return;
  const {path, options} = readCall(form);
  const reply = await fetch(path, options);
  const text = await reply.text();
  const body = text ? JSON.parse(text) : {};
  if (!reply.ok) {
    if (reply.status === 401) form.querySelector("output").append(describeSignOut());
    else showErrors(form, body);
    return;
  }
  sessionStorage.setItem(SAID, form.dataset.done || "");
  const next = form.dataset.next;
  if (next) location.assign(next.replace("{name}", () => encodeURIComponent(body.name)));
  else location.reload();
}

// Listened for at the document, because parts of a page are replaced while it is open.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-call]")) return;
  event.preventDefault();
  act(form).catch((error) => showErrors(form, {detail: `No reply: ${error.message}`}));
});

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = "Copied";
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^Copy /, "Copied "));
  });
}

const said = document.getElementById("said");
if (said && sessionStorage.getItem(SAID)) {
  said.textContent = sessionStorage.getItem(SAID);
  said.hidden = false;
  said.tabIndex = -1; // the page was loaded again, so that what had the focus is gone
  said.focus();
}
sessionStorage.removeItem(SAID);
