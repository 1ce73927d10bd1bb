"use strict";

// The list of requests, kept up to date by the stream of the sandbox. `element` is page.js's: texts are never markup.

const DRAWN_SECONDS = 0.1;
const list = document.getElementById("calls");
const filters = document.getElementById("filters");
const state = document.getElementById("state");
const pause = document.getElementById("pause");
const clear = document.getElementById("clear");
const rows = document.getElementById("rows");
const skipped = document.getElementById("skipped");
let waiting = [];
let left = 0;
let isPaused = false;

function link(address, text) {
  const made = element("a", text);
  made.href = address;
  return made;
}

// The anchor of a rule in the docs of its provider, as the server makes it.
function anchorOf(operation, rule) {
  return [operation, "rule", rule].map((word) => word.replace(/[^A-Za-z0-9_.-]/g, "_")).join("-");
}

function spaced(parts) {
  return parts.flatMap((part, at) => (at ? [" ", part] : [part]));
}

function row(call) {
  const made = document.createElement("li");
  made.className = call.refused ? "refused" : "done";
  const head = element("p", "", "property");
  head.append(...spaced([
    element("code", call.status === null ? "no reply" : call.status, "status"),
    element("span", call.method, "method"),
    element("code", call.url),
  ]));
  made.append(head);
  if (call.explanation) made.append(sentence("p", call.explanation, "why"));
  if (call.fault) {
    const fault = element("p", "Struck by the fault ", "why");
    fault.append(element("code", call.fault.id), ".");
    made.append(fault);
  }
  for (const advice of call.advice) made.append(sentence("p", advice, "advice"));
  const links = [element("span", call.at)];
  links.push(link(`/_sandbox/calls/${call.id}`, call.id));
  if (call.provider) {
    const about = call.operation ? `${call.provider}/${call.operation}` : call.provider;
    const docs = `/_sandbox/docs/${about}?namespace=${encodeURIComponent(call.namespace)}`;
    links.push(link(docs, about.replace("/", " ")));
    // Rules are named where they may be the reason; a call that succeeded meets many, so they are counted.
    if (call.refused) for (const rule of call.rules) links.push(link(`${docs}#${anchorOf(call.operation, rule.id)}`, rule.id));
    else if (call.rules.length) links.push(link(`/_sandbox/calls/${call.id}#rules`, `${call.rules.length} rule${call.rules.length === 1 ? "" : "s"}`));
  }
  const foot = element("p", "", "links");
  foot.append(...spaced(links));
  made.append(foot);
  return made;
}

// Draw what has come since the last time, a few times a second however much comes.
function draw() {
  if (isPaused) {
    pause.textContent = waiting.length + left ? `Go on (${waiting.length + left} more)` : "Go on";
    return;
  }
  const most = Number(rows.selectedOptions[0].text);
  list.prepend(...waiting.slice(-most).reverse().map(row));
  waiting = [];
  while (list.children.length > most) list.lastElementChild.remove();
  document.getElementById("none").hidden = list.children.length > 0;
  if (left) {
    skipped.hidden = false;
    skipped.textContent = `${left} more requests are not shown, because they came too fast.`;
  }
}

let isDue = false;
function plan() {
  if (isDue) return;
  isDue = true;
  setTimeout(() => { isDue = false; draw(); }, DRAWN_SECONDS * 1000);
}

function take(call) {
  waiting.push(call);
  if (waiting.length > 1000) {
    waiting.shift();
    left += 1;
  }
  plan();
}

function turn() {
  isPaused = !isPaused;
  pause.textContent = isPaused ? "Go on" : "Pause";
  pause.setAttribute("aria-pressed", isPaused);
  plan();
}

function empty() {
  waiting = [];
  left = 0;
  skipped.hidden = true;
  list.replaceChildren();
  plan();
}

function step(by) {
  const links = [...list.querySelectorAll("li .links a:first-of-type")];
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(Math.max(at + by, 0), links.length - 1)];
  if (next) {
    next.focus();
    next.closest("li").scrollIntoView({block: "nearest"});
  }
}

const KEYS = {
  p: turn,
  c: empty,
  j: () => step(1),
  k: () => step(-1),
  "/": () => filters.elements.text.focus(),
};

function listen(source) {
  source.addEventListener("open", () => { state.textContent = "live, newest first"; });
  source.addEventListener("error", () => { state.textContent = "waiting for the sandbox"; });
  source.addEventListener("call", (event) => take(JSON.parse(event.data)));
  source.addEventListener("skipped", (event) => {
    left += JSON.parse(event.data).count;
    plan();
  });
}

for (const hidden of [pause, clear]) hidden.hidden = false;
pause.addEventListener("click", turn);
clear.addEventListener("click", empty);
filters.addEventListener("change", (event) => {
  if (event.target.name) filters.requestSubmit();
});
let isLeaving = false; // a changed field and the button would ask for the same page twice
filters.addEventListener("submit", (event) => {
  if (isLeaving) {
    event.preventDefault();
    return;
  }
  isLeaving = true;
  // The address names what is chosen alone, so that it can be shared.
  for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("keydown", (event) => {
  const isTyped = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
  const act = KEYS[event.key];
  if (act && !isTyped && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    act();
  }
});
addEventListener("pageshow", () => {
  isLeaving = false;
  for (const field of filters.elements) field.disabled = false;
});
if (list.dataset.stream) readStream(list.dataset.stream, listen);
