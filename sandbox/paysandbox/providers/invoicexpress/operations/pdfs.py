"""Operations on PDFs and QR codes of documents."""

from typing import Final

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.kit.links import build_link
from paysandbox.kit.pictures import draw_qr_code
from paysandbox.providers.invoicexpress import pdf, wire
from paysandbox.providers.invoicexpress.records import DRAFT_NUMBER, Document, InvoiceXpressState, PdfRequest

_DOCUMENT: Final = "{document-id}"


def get_document_pdf(call: Call, state: InvoiceXpressState) -> Reply:
    """Return the URL of a document's PDF, once it is ready. Source: vendor documentation, GET /api/pdf/:id.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document has no number.
    """
    document = _find_numbered(call, state)
    asked = state.pdf_requests.get(document.id) or PdfRequest(document=document.id, polls=0)
    if asked.polls < int(state.variants["pdf_polls"]):
        call.rule("pdf-is-made-first")
        state.pdf_requests.put(replace(asked, polls=asked.polls + 1))
        return Reply(202)
    call.rule("pdf-is-served-here")
    copy = "?second_copy=true" if call.query["second_copy"] else ""
    link = build_link(call, f"/documents/{document.id}{wire.hash_permalink(document)}.pdf{copy}")
    return Reply(200, {"output": {"pdfUrl": link}})


def download_document_pdf(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a document's PDF, whose URL needs no key. The vendor documents no more than that there is a URL.

    Raises:
        NotFound: no document that has a number has this permalink.
    """
    kind, document = _find_printed(call, state)
    call.rule("pdf-names-the-document")
    second_copy = bool(call.query["second_copy"])
    content = pdf.print_document(document, kind, state.get_client(document), second_copy=second_copy)
    return Reply(200, content, media_type="application/pdf")


def get_qr_code(call: Call, state: InvoiceXpressState) -> Reply:
    """Return the URL of a document's QR code. Source: code of public clients, GET /api/qr_codes/:id.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document has no number.
    """
    document = _find_numbered(call, state)
    call.rule("qr-code-is-served-here")
    link = build_link(call, f"/documents/{document.id}{wire.hash_permalink(document)}/qr_code.svg")
    return Reply(200, {"qr_code": {"url": link}})


def download_qr_code(call: Call, state: InvoiceXpressState) -> Reply:
    """Return the picture of a document's QR code, whose URL needs no key.

    Raises:
        NotFound: no document that has a number has this permalink.
    """
    kind, document = _find_printed(call, state)
    call.rule("qr-code-names-the-document")
    title = f"{kind} {document.sequence_number}"
    text = f"{title}, {document.date:%d/%m/%Y}, {document.total} {document.currency}"
    return Reply(200, draw_qr_code(text, title), media_type="image/svg+xml")


def _find_printed(call: Call, state: InvoiceXpressState) -> tuple[str, Document]:
    """Return the document that a permalink names, and its type in words."""
    document_id, given = wire.split_permalink(call.path["permalink"])
    found = state.find_document(document_id)
    if found is None or wire.hash_permalink(found[1]) != given or not _has_number(found[1]):
        raise NotFound("no document has this permalink", rule="permalink-is-the-documents", at="{permalink}")
    table, document = found
    return table.removesuffix("s").replace("_", " ").capitalize(), document


def _find_numbered(call: Call, state: InvoiceXpressState) -> Document:
    """Return the document of the path, of any type, which must have a number."""
    document_id = call.path["document-id"]
    found = state.find_document(document_id)
    document: Document | None = None if found is None else found[1]
    if document is None or document.account != call.principal.id:
        raise NotFound(f"this account has no document {document_id}", rule="unknown-document-is-404", at=_DOCUMENT)
    if not _has_number(document):
        raise NotAllowed(
            f"document {document_id} is {document.status} and has no number", rule="draft-is-not-printed", at=_DOCUMENT
        )
    return document


def _has_number(document: Document) -> bool:
    return document.sequence_number != DRAFT_NUMBER
