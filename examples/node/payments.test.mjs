// paysandbox exec -- node --test examples/node/

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { payCrmInvoice, payDebt, payInvoiceXpressDocument, payInvoilessInvoice, Refused } from "./payments.mjs";

// A sandbox that others can reach, as in a container, wants its control token.
const token = process.env.PAYSANDBOX_CONTROL_TOKEN;
const headers = token ? { authorization: `Bearer ${token}` } : {};

// Every test begins with the fixtures.
beforeEach(async () => {
  const reset = await fetch(`${process.env.PAYSANDBOX_URL}/_sandbox/reset`, { method: "POST", headers });
  assert.ok(reset.ok);
});

test("a debt is paid, and paying it again by the same number changes nothing", async () => {
  const payment = { number: "RG 2016/201", date: "2016-07-04", debt: "FT 2016/101", amount: 1250 };
  const first = await payDebt(payment);
  assert.equal(first.status, "FINAL");
  assert.deepEqual(await payDebt(payment), first);
});

test("an Invoiless invoice is paid in part", async () => {
  const paid = await payInvoilessInvoice({ invoice: "651d68809b3e7d00418c2f77", amount: 100.5, date: "2024-01-15" });
  assert.equal(paid.amount, 100.5);
});

test("a CRM.COM invoice is paid in full", async () => {
  const paid = await payCrmInvoice({ account: "192", invoice: "328" });
  assert.equal(paid.life_cycle_state, "POSTED");
});

test("a CRM.COM invoice that is paid already is refused inside HTTP 200", async () => {
  await payCrmInvoice({ account: "192", invoice: "328" });
  await assert.rejects(payCrmInvoice({ account: "192", invoice: "328" }), /nothing outstanding/);
});

test("an InvoiceXpress document is receipted", async () => {
  const receipt = await payInvoiceXpressDocument({ document: 1, amount: 100, date: "26/10/2017" });
  assert.equal(receipt.sequence_number, "28/A");
});

test("an ISO date is refused by InvoiceXpress without a word, and the sandbox says why", async () => {
  const payment = payInvoiceXpressDocument({ document: 1, amount: 100, date: "2017-10-26" });
  await assert.rejects(payment, (error) => {
    assert.ok(error instanceof Refused);
    assert.equal(error.status, 422);
    assert.match(error.explanation, /payment_date: '2017-10-26' does not match the expected format/);
    return true;
  });
});
