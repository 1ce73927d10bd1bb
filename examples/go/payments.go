// Package shop pays invoices through four APIs, each in its own way.
package shop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

const (
	yearFirst = "2006-01-02"
	dayFirst  = "02/01/2006"
)

// Refused is what an API answered when it refused; Explanation is the sandbox's, and empty in production.
type Refused struct {
	Status      int
	Explanation string
}

func (refused *Refused) Error() string {
	return fmt.Sprintf("the payment was refused with %d: %s", refused.Status, refused.Explanation)
}

// Client pays. Getenv finds URLs and credentials by name: os.Getenv in production, and in tests those of paysandbox exec.
type Client struct {
	HTTP   *http.Client
	Getenv func(name string) string
}

// Payment is a payment of Invisible Collector.
type Payment struct {
	Number string `json:"number"`
	Status string `json:"status"`
}

// PayDebt pays a debt of Invisible Collector. A repeat of the same payment is harmless. The amount is a decimal number in
// euros, such as "12.50".
func (client *Client) PayDebt(number string, date time.Time, debt string, amount json.Number) (Payment, error) {
	var paid Payment
	headers := map[string]string{"Authorization": "Bearer " + client.Getenv("INVISIBLE_COLLECTOR_TOKEN")}
	err := client.post(client.Getenv("INVISIBLE_COLLECTOR_URL")+"/payments", headers, map[string]any{
		"number": number, "type": "RG", "date": date.Format(yearFirst), "currency": "EUR",
		"lines": []any{map[string]any{"number": debt, "amount": amount}},
	}, &paid)
	return paid, err
}

// PayInvoilessInvoice pays below its invoice, and returns the amount that was paid.
func (client *Client) PayInvoilessInvoice(invoice string, amount json.Number, date time.Time) (json.Number, error) {
	var paid struct {
		Amount json.Number `json:"amount"`
	}
	headers := map[string]string{"Api-Key": client.Getenv("INVOILESS_API_KEY")}
	address := client.Getenv("INVOILESS_URL") + "/v1/invoices/" + url.PathEscape(invoice) + "/payments"
	err := client.post(address, headers, map[string]any{
		"amount": amount, "method": "BankTransfer", "paidAt": date.Format(yearFirst),
	}, &paid)
	return paid.Amount, err
}

// PayCRMInvoice logs in at CRM.COM and pays an invoice in full. It returns the state of the payment. Every answer is HTTP
// 200, and only the envelope says whether the invoice is paid.
func (client *Client) PayCRMInvoice(account, invoice string) (string, error) {
	var login, paid struct {
		Status struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"status"`
		Data struct {
			Token string `json:"token"`
			State string `json:"life_cycle_state"`
		} `json:"data"`
	}
	root := client.Getenv("CRM_COM_URL") + "/crmapi/rest/v2"
	err := client.post(root+"/authentication/token", nil, map[string]any{
		"username":     client.Getenv("CRM_COM_USERNAME"),
		"password":     client.Getenv("CRM_COM_PASSWORD"),
		"organisation": client.Getenv("CRM_COM_ORGANISATION"),
	}, &login)
	if err != nil {
		return "", err
	}
	err = client.post(root+"/payments/pay_invoice", nil, map[string]any{
		"token":                          login.Data.Token,
		"accounts_receivable_identifier": map[string]any{"number": account},
		"type_identifier":                map[string]any{"name": "Invoices Balance Payment"},
		"payment_method_identifier":      map[string]any{"name": "Direct Debit"},
		"invoice_identifier":             map[string]any{"reference_number": invoice},
	}, &paid)
	if err == nil && paid.Status.Code != "OK" {
		err = &Refused{http.StatusOK, paid.Status.Message}
	}
	return paid.Data.State, err
}

// PayInvoiceXpressDocument pays a document, and returns the number of the receipt. A refusal has no body.
func (client *Client) PayInvoiceXpressDocument(document int, amount json.Number, date time.Time) (string, error) {
	return client.payInvoiceXpressDocument(document, amount, date.Format(dayFirst))
}

func (client *Client) payInvoiceXpressDocument(document int, amount json.Number, date string) (string, error) {
	var paid struct {
		Receipt struct {
			Number string `json:"sequence_number"`
		} `json:"receipt"`
	}
	address := fmt.Sprintf("%s/documents/%d/partial_payments.json?api_key=%s",
		client.Getenv("INVOICEXPRESS_URL"), document, url.QueryEscape(client.Getenv("INVOICEXPRESS_API_KEY")))
	err := client.post(address, nil, map[string]any{
		"partial_payment": map[string]any{"amount": amount, "payment_date": date, "payment_mechanism": "TB"},
	}, &paid)
	return paid.Receipt.Number, err
}

// post sends a body as JSON and reads the reply into result; a refusal is a *Refused.
func (client *Client) post(address string, headers map[string]string, body, result any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	reply, err := client.HTTP.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode >= http.StatusBadRequest {
		return &Refused{reply.StatusCode, reply.Header.Get("X-Sandbox-Explain")}
	}
	return json.NewDecoder(reply.Body).Decode(result)
}
