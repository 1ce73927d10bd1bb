"""Operations on the sequences that number an account's documents."""

from hashlib import blake2b

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import catalogue, lookup
from paysandbox.providers.invoicexpress.records import InvoiceXpressState, Sequence


def list_sequences(call: Call, state: InvoiceXpressState) -> Reply:
    """List the account's sequences. Source: vendor documentation, GET /sequences.json."""
    call.rule("sequences-are-listed-by-age")
    sequences = sorted(state.sequences.all("account", call.principal.id), key=lambda sequence: sequence.id)
    return Reply(200, {"sequences": [catalogue.write_sequence(sequence) for sequence in sequences]})


def create_sequence(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a sequence, registered where the account can. Source: vendor documentation, POST /sequences.json.

    Raises:
        NotAllowed: another sequence has the serie.
    """
    account, serie = call.principal, call.body["sequence"]["serie"]
    call.rule("serie-unique")
    known = state.sequences.find("serie", (account.id, serie))
    if known is not None:
        raise NotAllowed(f"sequence {known.id} has {serie!r}", rule="serie-unique", at="/sequence/serie")
    call.rule("new-sequence-is-not-the-default")
    call.rule("new-sequence-is-registered")
    sequence = Sequence(
        id=state.next_sequence_id(), account=account.id, serie=serie, relevant=True, current_receipt_number=0
    )
    if account.tax_authority_credentials:
        sequence = _register(sequence)
    state.sequences.put(sequence)
    return Reply(201, {"sequence": catalogue.write_sequence(sequence)})


def get_sequence(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a sequence. Source: vendor documentation, GET /sequences/:id.json.

    Raises:
        NotFound: the account has no such sequence.
    """
    return Reply(
        200,
        {
            "sequence": catalogue.write_sequence(
                lookup.find_own(call, state.sequences, "sequence", rule="unknown-sequence-is-404")
            )
        },
    )


def set_current_sequence(call: Call, state: InvoiceXpressState) -> Reply:
    """Make a sequence the default one. Source: vendor documentation, PUT /sequences/:id/set_current.json.

    Raises:
        NotFound: the account has no such sequence.
    """
    sequence = lookup.find_own(call, state.sequences, "sequence", rule="unknown-sequence-is-404")
    call.rule("default-sequence-is-one")
    for known in state.sequences.all("default", (sequence.account, True)):
        state.sequences.put(replace(known, default_sequence=False))
    state.sequences.put(replace(sequence, default_sequence=True))
    return Reply(200)


def register_sequence(call: Call, state: InvoiceXpressState) -> Reply:
    """Register a sequence with the tax authority. Source: vendor documentation, PUT /sequences/:id/register.json.

    Raises:
        NotFound: the account has no such sequence.
        NotAllowed: the account has no credentials at the tax authority.
    """
    sequence = lookup.find_own(call, state.sequences, "sequence", rule="unknown-sequence-is-404")
    call.rule("registering-needs-credentials")
    if not call.principal.tax_authority_credentials:
        raise NotAllowed(
            f"account {call.principal.id} has no credentials at the tax authority", rule="registering-needs-credentials"
        )
    registered = sequence if sequence.validation_code else _register(sequence)
    state.sequences.put(registered)
    return Reply(200, {"sequences": [catalogue.write_sequence(registered, with_codes=True)]})


def _register(sequence: Sequence) -> Sequence:
    """Give a sequence its validation code, always the same for the same sequence."""
    code = blake2b(f"{sequence.account}/{sequence.serie}".encode(), digest_size=4).hexdigest().upper()
    return replace(sequence, validation_code=code, relevant=True)
