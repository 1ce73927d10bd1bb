#!/bin/sh
# Pays through four APIs with curl, and stops at the first payment that fails:
#
#     paysandbox exec -- sh examples/shell/pay.sh
#
# URLs and credentials come from the environment.
set -eu

# post URL BODY [HEADER]: the answer's body; a refusal is told with the sandbox's explanation, and is the end.
post() {
  head=$(mktemp)
  status=0
  curl --silent --show-error --fail-with-body --dump-header "$head" "$1" \
    --header 'content-type: application/json' ${3:+--header "$3"} --data "$2" || status=$?
  if [ "$status" -ne 0 ]; then
    echo "refused: $1" >&2
    grep -i '^x-sandbox-explain:' "$head" >&2 || true
  fi
  rm -f "$head"
  return "$status"
}

# member NAME JSON: the text of a member. Your script may rather use jq.
member() {
  echo "$2" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

echo 'Invisible Collector: a payment names the debts that it pays.'
paid=$(post "$INVISIBLE_COLLECTOR_URL/payments" \
  '{"number": "RG 2016/201", "type": "RG", "date": "2016-07-04", "currency": "EUR",
    "lines": [{"number": "FT 2016/101", "amount": 1250.00}]}' \
  "authorization: Bearer $INVISIBLE_COLLECTOR_TOKEN")
echo "  it is $(member status "$paid")"

echo 'Invoiless: a payment is made below its invoice.'
paid=$(post "$INVOILESS_URL/v1/invoices/651d68809b3e7d00418c2f77/payments" \
  '{"amount": 100.50, "method": "BankTransfer", "paidAt": "2024-01-15"}' "api-key: $INVOILESS_API_KEY")
echo "  it was made by $(member method "$paid")"

echo 'CRM.COM: log in first; every answer is HTTP 200, and only the envelope says whether the invoice is paid.'
login=$(post "$CRM_COM_URL/crmapi/rest/v2/authentication/token" \
  "{\"username\": \"$CRM_COM_USERNAME\", \"password\": \"$CRM_COM_PASSWORD\", \"organisation\": \"$CRM_COM_ORGANISATION\"}")
paid=$(post "$CRM_COM_URL/crmapi/rest/v2/payments/pay_invoice" \
  "{\"token\": \"$(member token "$login")\", \"accounts_receivable_identifier\": {\"number\": \"192\"},
    \"type_identifier\": {\"name\": \"Invoices Balance Payment\"},
    \"payment_method_identifier\": {\"name\": \"Direct Debit\"}, \"invoice_identifier\": {\"reference_number\": \"328\"}}")
[ "$(member code "$paid")" = OK ] || { echo "refused: $(member message "$paid")" >&2; exit 1; }
echo "  it is $(member life_cycle_state "$paid")"

echo 'InvoiceXpress: a payment makes a receipt.'
paid=$(post "$INVOICEXPRESS_URL/documents/1/partial_payments.json?api_key=$INVOICEXPRESS_API_KEY" \
  '{"partial_payment": {"amount": 100.00, "payment_date": "26/10/2017"}}')
echo "  its receipt is $(member sequence_number "$paid")"
