// Pays an invoice at InvoiceXpress over HTTPS with Java's own client (Java 17 or newer; nothing to install or compile).

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Pay {
    public static void main(String[] arguments) throws Exception {
        String url = System.getenv("INVOICEXPRESS_URL") + "/documents/1/partial_payments.json?api_key="
            + System.getenv("INVOICEXPRESS_API_KEY");
        String payment = "{\"partial_payment\": {\"amount\": 100.00, \"payment_date\": \"26/10/2017\"}}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(payment))
            .build();
        HttpResponse<String> reply = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        if (reply.statusCode() != 200) {
            throw new IllegalStateException("refused: " + reply.headers().firstValue("x-sandbox-explain").orElse(""));
        }
        System.out.println(reply.body());
    }
}
