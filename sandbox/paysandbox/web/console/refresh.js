"use strict";

// Parts of a page that follow the calls: after calls the page is read again, and each `data-refresh` takes its new content.

const REFRESHED_SECONDS = 1;
const parts = document.querySelectorAll("[data-refresh]");
let isRefreshing = false;

async function refresh() {
  const reply = await fetch(location.href, {credentials: "same-origin"});
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const part of parts) {
    const fresh = page.querySelector(`[data-refresh="${part.dataset.refresh}"]`);
    // What is being used stays as it is.
    if (fresh && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
  }
}

function follow() {
  const source = new EventSource(document.querySelector("nav[data-stream]").dataset.stream);
  const plan = () => {
    if (isRefreshing || document.hidden) return;
    isRefreshing = true;
    setTimeout(() => refresh().catch(() => null).finally(() => { isRefreshing = false; }), REFRESHED_SECONDS * 1000);
  };
  for (const kind of ["call", "skipped"]) source.addEventListener(kind, plan);
  addEventListener("visibilitychange", plan);
}

if (parts.length) follow();
