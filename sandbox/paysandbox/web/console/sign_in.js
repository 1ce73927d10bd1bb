"use strict";

// Sign in by the form, or by the code behind the # of the address, which is neither sent to a server nor kept in the history.
const form = document.getElementById("sign-in");
const said = document.getElementById("said");

async function signIn(body) {
  const reply = await fetch("/_sandbox/session", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify(body),
    credentials: "same-origin",
  });
  if (reply.ok) location.reload();
  else said.textContent = (await reply.json()).detail;
}

function start(body) {
  signIn(body).catch((error) => { said.textContent = `No reply: ${error.message}`; });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  start({token: form.elements.token.value.trim()});
});

const code = location.hash.slice(1);
if (/^[0-9]+\.[A-Za-z0-9_-]+\.[0-9a-f]+$/.test(code)) {
  history.replaceState(null, "", location.pathname + location.search);
  start({code});
}
