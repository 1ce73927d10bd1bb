package shop

// paysandbox exec -- go test ./...

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var namespaces atomic.Int64

// inNamespace returns a client whose calls happen in a namespace of their own, so that tests may run in parallel: the
// sandbox reads its name behind the credential.
func inNamespace(t *testing.T) *Client {
	t.Helper()
	t.Parallel()
	name := fmt.Sprintf("go-%d-%d", os.Getpid(), namespaces.Add(1))
	return &Client{HTTP: http.DefaultClient, Getenv: func(variable string) string {
		switch variable {
		case "INVISIBLE_COLLECTOR_TOKEN", "INVOILESS_API_KEY", "CRM_COM_USERNAME", "INVOICEXPRESS_API_KEY":
			return os.Getenv(variable) + "~" + name
		}
		return os.Getenv(variable)
	}}
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	date, err := time.Parse(yearFirst, text)
	if err != nil {
		t.Fatal(err)
	}
	return date
}

func TestADebtIsPaidAndPayingItAgainByTheSameNumberChangesNothing(t *testing.T) {
	client := inNamespace(t)
	first, err := client.PayDebt("RG 2016/201", day(t, "2016-07-04"), "FT 2016/101", "1250")
	if err != nil || first.Status != "FINAL" {
		t.Fatalf("got %v, %v", first, err)
	}
	second, err := client.PayDebt("RG 2016/201", day(t, "2016-07-04"), "FT 2016/101", "1250")
	if err != nil || second != first {
		t.Fatalf("got %v, %v; the first payment was %v", second, err, first)
	}
}

func TestAnInvoilessInvoiceIsPaidInPart(t *testing.T) {
	client := inNamespace(t)
	amount, err := client.PayInvoilessInvoice("651d68809b3e7d00418c2f77", "100.5", day(t, "2024-01-15"))
	if err != nil || amount != "100.5" {
		t.Fatalf("got %v, %v", amount, err)
	}
}

func TestACRMInvoiceIsPaidInFull(t *testing.T) {
	client := inNamespace(t)
	state, err := client.PayCRMInvoice("192", "328")
	if err != nil || state != "POSTED" {
		t.Fatalf("got %q, %v", state, err)
	}
}

func TestACRMInvoiceThatIsPaidAlreadyIsRefusedInsideHTTP200(t *testing.T) {
	client := inNamespace(t)
	if _, err := client.PayCRMInvoice("192", "328"); err != nil {
		t.Fatal(err)
	}
	_, err := client.PayCRMInvoice("192", "328")
	if err == nil || !strings.Contains(err.Error(), "nothing outstanding") {
		t.Fatalf("got %v", err)
	}
}

func TestAnInvoiceXpressDocumentIsReceipted(t *testing.T) {
	client := inNamespace(t)
	receipt, err := client.PayInvoiceXpressDocument(1, "100.00", day(t, "2017-10-26"))
	if err != nil || receipt != "28/A" {
		t.Fatalf("got %q, %v", receipt, err)
	}
}

func TestAnISODateIsRefusedByInvoiceXpressWithoutAWordAndTheSandboxSaysWhy(t *testing.T) {
	client := inNamespace(t)
	_, err := client.payInvoiceXpressDocument(1, "100.00", "2017-10-26")
	var refused *Refused
	if !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity {
		t.Fatalf("got %v", err)
	}
	reason := "payment_date: '2017-10-26' does not match the expected format"
	if !strings.Contains(refused.Explanation, reason) {
		t.Fatalf("the sandbox says %q", refused.Explanation)
	}
}
