"use strict";

// An opened file: kept here, and sent for each view, so that the sandbox keeps nothing. `element` and `prepare` are page.js's.

const OPEN = "/_sandbox/open";
const drop = document.getElementById("drop");
const chosen = document.getElementById("file");
const reading = document.getElementById("reading");
const opened = document.getElementById("opened");
const limit = Number(drop.dataset.limit);
let packed = null; // the file as it is sent, and its name
let latest = 0;
let asked = ""; // the query of the view that is shown

async function pack(file) {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isPacked = head[0] === 0x1f && head[1] === 0x8b;
  if (file.size <= limit || isPacked || typeof CompressionStream === "undefined") return file;
  return new Response(file.stream().pipeThrough(new CompressionStream("gzip"))).blob();
}

function display(parts) {
  opened.replaceChildren(...parts);
  opened.focus();
}

// Ask for a view of the file. A view that was asked for later is not overwritten.
async function ask(query) {
  const turn = latest += 1;
  asked = location.search;
  reading.textContent = "Reading the file";
  const headers = {"Content-Type": "application/octet-stream", "Accept": "text/html"};
  const options = {method: "POST", body: packed, headers, credentials: "same-origin", cache: "no-store"};
  const reply = await fetch(`${OPEN}?${query}`, options);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (turn !== latest) return;
  reading.textContent = "";
  if (reply.status === 401) location.reload(); // the session has ended: the page asks to sign in
  const refused = page.querySelector("#refusal .why");
  const found = page.getElementById("opened");
  display(found ? found.childNodes : [refused || element("p", `The sandbox answered ${reply.status}.`, "why")]);
  prepare(opened);
  const namespaces = page.querySelector("nav .chosen");
  if (namespaces) document.querySelector("nav .chosen").replaceWith(namespaces);
}

function go(query) {
  history.pushState(null, "", `${OPEN}?${query}`);
  return ask(query).catch(fail);
}

function fail(error) {
  reading.textContent = "";
  display([element("p", `No reply: ${error.message}`, "why")]);
}

async function take(file) {
  packed = await pack(file);
  if (packed.size > limit) {
    packed = null;
    display([element("p", `The file has ${file.size} bytes, which this sandbox does not take, even after compression: serve with a larger --body-limit, or open a part of it.`, "why")]);
    return;
  }
  const query = new URLSearchParams(location.search);
  query.delete("page");
  query.set("name", file.name);
  await go(query);
}

function choose(files) {
  if (files.length) take(files[0]).catch(fail);
}

chosen.addEventListener("change", () => choose(chosen.files));
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
for (const kind of ["dragleave", "drop"]) addEventListener(kind, () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer.files);
});
addEventListener("popstate", () => {
  if (packed && location.search !== asked) ask(new URLSearchParams(location.search)).catch(fail);
});

function filter(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
  query.set("name", new URLSearchParams(location.search).get("name") || "");
  go(query);
}

opened.addEventListener("submit", (event) => {
  if (event.target.id !== "filters") return;
  event.preventDefault();
  filter(event.target);
});
opened.addEventListener("change", (event) => {
  if (event.target.form && event.target.form.id === "filters") filter(event.target.form);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || !packed || link.hash && link.pathname === location.pathname) return;
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (link.pathname === OPEN && isPlain) {
    event.preventDefault();
    const query = new URLSearchParams(opened.contains(link) ? "" : location.search);
    for (const [name, value] of new URLSearchParams(link.search)) query.set(name, value);
    go(query);
  } else if (opened.contains(link)) {
    link.target = "_blank"; // because this page has the file
  }
});
