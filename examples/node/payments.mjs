// Pays invoices through four APIs, each in its own way. URLs and credentials come from the environment: `paysandbox exec`
// sets them in tests, you set them in production.

const env = process.env;

/** What an API said when it refused; `explanation` is the sandbox's, and absent in production. */
export class Refused extends Error {
  constructor(status, explanation) {
    super(`the payment was refused with ${status}${explanation ? `: ${explanation}` : ""}`);
    this.status = status;
    this.explanation = explanation;
  }
}

async function post(url, body, headers = {}) {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Refused(reply.status, reply.headers.get("x-sandbox-explain"));
  return reply.json();
}

/** Invisible Collector: a payment names the debts that it pays. A repeat of the same payment is harmless. */
export function payDebt({ number, date, debt, amount }) {
  const payment = { number, type: "RG", date, currency: "EUR", lines: [{ number: debt, amount }] };
  const headers = { authorization: `Bearer ${env.INVISIBLE_COLLECTOR_TOKEN}` };
  return post(`${env.INVISIBLE_COLLECTOR_URL}/payments`, payment, headers);
}

/** Invoiless: a payment is made below its invoice; dates are yyyy-mm-dd. */
export function payInvoilessInvoice({ invoice, amount, date }) {
  const payment = { amount, method: "BankTransfer", paidAt: date };
  return post(`${env.INVOILESS_URL}/v1/invoices/${invoice}/payments`, payment, { "api-key": env.INVOILESS_API_KEY });
}

/** CRM.COM: log in first; every answer is HTTP 200, and only the envelope says whether the invoice is paid. */
export async function payCrmInvoice({ account, invoice }) {
  const root = `${env.CRM_COM_URL}/crmapi/rest/v2`;
  const login = await post(`${root}/authentication/token`, {
    username: env.CRM_COM_USERNAME,
    password: env.CRM_COM_PASSWORD,
    organisation: env.CRM_COM_ORGANISATION,
  });
  const paid = await post(`${root}/payments/pay_invoice`, {
    token: login.data.token,
    accounts_receivable_identifier: { number: account },
    type_identifier: { name: "Invoices Balance Payment" },
    payment_method_identifier: { name: "Direct Debit" },
    invoice_identifier: { reference_number: invoice },
  });
  if (paid.status.code !== "OK") throw new Refused(200, paid.status.message);
  return paid.data;
}

/** InvoiceXpress: a payment makes a receipt; dates are dd/mm/yyyy, and a refusal has no body. */
export async function payInvoiceXpressDocument({ document, amount, date }) {
  const payment = { partial_payment: { amount, payment_date: date, payment_mechanism: "TB" } };
  const key = encodeURIComponent(env.INVOICEXPRESS_API_KEY);
  const url = `${env.INVOICEXPRESS_URL}/documents/${document}/partial_payments.json?api_key=${key}`;
  return (await post(url, payment)).receipt;
}
