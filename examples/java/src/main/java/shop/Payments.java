package shop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pays invoices through four APIs, each in its own way. Replies are JSON text, to keep the example without a JSON library.
 *
 * <p>URLs and credentials come from the settings: in tests those that {@code paysandbox exec} puts into the environment, in
 * production yours.
 */
public final class Payments {
    private static final DateTimeFormatter DAY_FIRST = DateTimeFormatter.ofPattern("dd/MM/yyyy");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> settings;

    public Payments(Map<String, String> settings) {
        this.settings = Map.copyOf(settings);
    }

    /** Invisible Collector: a payment names the debts that it pays. A repeat of the same payment is harmless. */
    public String payDebt(String number, LocalDate date, String debt, BigDecimal amount) {
        String payment = """
            {"number": "%s", "type": "RG", "date": "%s", "currency": "EUR", "lines": [{"number": "%s", "amount": %s}]}"""
            .formatted(number, date, debt, amount.toPlainString());
        String token = "Bearer " + settings.get("INVISIBLE_COLLECTOR_TOKEN");
        return post(settings.get("INVISIBLE_COLLECTOR_URL") + "/payments", payment, "authorization", token);
    }

    /** Invoiless: a payment is made below its invoice; dates are yyyy-mm-dd. */
    public String payInvoilessInvoice(String invoice, BigDecimal amount, LocalDate date) {
        String payment = """
            {"amount": %s, "method": "BankTransfer", "paidAt": "%s"}""".formatted(amount.toPlainString(), date);
        String url = settings.get("INVOILESS_URL") + "/v1/invoices/" + invoice + "/payments";
        return post(url, payment, "api-key", settings.get("INVOILESS_API_KEY"));
    }

    /** CRM.COM: log in first; every answer is HTTP 200, and only the envelope says whether the invoice is paid. */
    public String payCrmInvoice(String account, String invoice) {
        String root = settings.get("CRM_COM_URL") + "/crmapi/rest/v2";
        String login = post(root + "/authentication/token", """
            {"username": "%s", "password": "%s", "organisation": "%s"}""".formatted(
            settings.get("CRM_COM_USERNAME"), settings.get("CRM_COM_PASSWORD"), settings.get("CRM_COM_ORGANISATION")));
        String paid = post(root + "/payments/pay_invoice", """
            {"token": "%s", "accounts_receivable_identifier": {"number": "%s"},
             "type_identifier": {"name": "Invoices Balance Payment"},
             "payment_method_identifier": {"name": "Direct Debit"},
             "invoice_identifier": {"reference_number": "%s"}}""".formatted(text(login, "token"), account, invoice));
        if (!text(paid, "code").equals("OK")) {
            throw new Refused(200, text(paid, "message"));
        }
        return paid;
    }

    /** InvoiceXpress: a payment makes a receipt, whose number is returned; dates are dd/mm/yyyy, a refusal has no body. */
    public String payInvoiceXpressDocument(int document, BigDecimal amount, LocalDate date) {
        return payInvoiceXpressDocument(document, amount, DAY_FIRST.format(date));
    }

    String payInvoiceXpressDocument(int document, BigDecimal amount, String date) {
        String payment = """
            {"partial_payment": {"amount": %s, "payment_date": "%s", "payment_mechanism": "TB"}}"""
            .formatted(amount.toPlainString(), date);
        String key = URLEncoder.encode(settings.get("INVOICEXPRESS_API_KEY"), StandardCharsets.UTF_8);
        String url = settings.get("INVOICEXPRESS_URL") + "/documents/" + document + "/partial_payments.json?api_key=" + key;
        return text(post(url, payment), "sequence_number");
    }

    private String post(String url, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> reply = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (reply.statusCode() >= 400) {
                throw new Refused(reply.statusCode(), reply.headers().firstValue("x-sandbox-explain").orElse(""));
            }
            return reply.body();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while paying", error);
        }
    }

    /** The first string of this name in a JSON text; a program of yours would read it with its JSON library. */
    private static String text(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*\"([^\"]*)\"").matcher(json);
        return found.find() ? found.group(1) : "";
    }
}
