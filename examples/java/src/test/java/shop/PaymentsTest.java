package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PaymentsTest {
    private static final List<String> CREDENTIALS =
        List.of("INVISIBLE_COLLECTOR_TOKEN", "INVOILESS_API_KEY", "CRM_COM_USERNAME", "INVOICEXPRESS_API_KEY");

    // JUnit makes an object for each test, so each test has a namespace of its own, and tests may run in parallel.
    private final Payments payments = new Payments(inNamespace("java-" + UUID.randomUUID()));

    private static Map<String, String> inNamespace(String name) {
        Map<String, String> settings = new HashMap<>(System.getenv());
        CREDENTIALS.forEach(credential -> settings.computeIfPresent(credential, (key, value) -> value + "~" + name));
        return settings;
    }

    @Test
    void aDebtIsPaidAndPayingItAgainByTheSameNumberChangesNothing() {
        LocalDate date = LocalDate.of(2016, 7, 4);
        String first = payments.payDebt("RG 2016/201", date, "FT 2016/101", new BigDecimal("1250"));
        assertTrue(first.contains("\"status\":\"FINAL\""), first);
        assertEquals(first, payments.payDebt("RG 2016/201", date, "FT 2016/101", new BigDecimal("1250")));
    }

    @Test
    void anInvoilessInvoiceIsPaidInPart() {
        LocalDate date = LocalDate.of(2024, 1, 15);
        String paid = payments.payInvoilessInvoice("651d68809b3e7d00418c2f77", new BigDecimal("100.50"), date);
        assertTrue(paid.contains("\"amount\":100.5"), paid);
    }

    @Test
    void aCrmInvoiceIsPaidInFull() {
        String paid = payments.payCrmInvoice("192", "328");
        assertTrue(paid.contains("\"life_cycle_state\":\"POSTED\""), paid);
    }

    @Test
    void aCrmInvoiceThatIsPaidAlreadyIsRefusedInsideHttp200() {
        payments.payCrmInvoice("192", "328");
        Refused refused = assertThrows(Refused.class, () -> payments.payCrmInvoice("192", "328"));
        assertTrue(refused.explanation().contains("nothing outstanding"), refused.explanation());
    }

    @Test
    void anInvoiceXpressDocumentIsReceipted() {
        LocalDate date = LocalDate.of(2017, 10, 26);
        assertEquals("28/A", payments.payInvoiceXpressDocument(1, new BigDecimal("100.00"), date));
    }

    @Test
    void anIsoDateIsRefusedByInvoiceXpressWithoutAWordAndTheSandboxSaysWhy() {
        BigDecimal amount = new BigDecimal("100.00");
        Refused refused =
            assertThrows(Refused.class, () -> payments.payInvoiceXpressDocument(1, amount, "2017-10-26"));
        assertEquals(422, refused.status());
        String reason = "payment_date: '2017-10-26' does not match the expected format";
        assertTrue(refused.explanation().contains(reason), refused.explanation());
    }
}
