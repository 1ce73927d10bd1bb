"use strict";

// Parts of a page that follow the calls: after calls the page is read again, and each `data-refresh` takes its new content.

// Those with `data-every` change without a call as well.

const REFRESHED_SECONDS = 1;
const EVERY_SECONDS = 3;
const parts = document.querySelectorAll("[data-refresh]");
const REST = 10; // times as long as a refresh takes, because the calls wait meanwhile
let isRefreshing = false;
let took = 0;

// A selector of what has the focus, in the page as it is and as it is read again.
function nameFocus(active) {
  if (active.tagName === "SUMMARY") return `[id="${CSS.escape(active.parentElement.id)}"] > summary`;
  const label = active.getAttribute("aria-label");
  if (label) return `${active.tagName}[aria-label="${CSS.escape(label)}"]`;
  return active.getAttribute("href") ? `a[href="${CSS.escape(active.getAttribute("href"))}"]` : null;
}

async function refresh() {
  const reply = await fetch(location.href, {credentials: "same-origin"});
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const part of parts) {
    const fresh = page.querySelector(`[data-refresh="${part.dataset.refresh}"]`);
    // What is being filled in stays as it is; what was unfolded stays unfolded, and what had the focus has it.
    if (!fresh || part.querySelector("input:focus, select:focus, textarea:focus")) continue;
    const unfolded = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
    const focused = part.contains(document.activeElement) ? nameFocus(document.activeElement) : null;
    part.replaceChildren(...fresh.childNodes);
    for (const id of unfolded) {
      const folded = document.getElementById(id);
      if (folded) folded.open = true;
    }
    const found = focused && part.querySelector(focused);
    if (found) found.focus();
  }
}

function follow() {
  const plan = () => {
    if (isRefreshing || document.hidden) return;
    isRefreshing = true;
    setTimeout(async () => {
      const begun = performance.now();
      await refresh().catch(() => null);
      took = performance.now() - begun;
      isRefreshing = false;
    }, Math.max(REFRESHED_SECONDS * 1000, REST * took));
  };
  readStream(document.querySelector("nav[data-stream]").dataset.stream, (source) => {
    for (const kind of ["call", "skipped"]) source.addEventListener(kind, plan);
  });
  addEventListener("visibilitychange", plan);
  if (document.querySelector("[data-every]")) setInterval(plan, EVERY_SECONDS * 1000);
}

if (parts.length) follow();
