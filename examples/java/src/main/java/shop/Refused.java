package shop;

/** What an API answered when it refused; the explanation is the sandbox's, and absent in production. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String explanation;

    Refused(int status, String explanation) {
        super("the payment was refused with " + status + (explanation.isEmpty() ? "" : ": " + explanation));
        this.status = status;
        this.explanation = explanation;
    }

    public int status() {
        return status;
    }

    public String explanation() {
        return explanation;
    }
}
