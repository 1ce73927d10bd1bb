"""PDFs and QR codes of documents: a 202 first, then a URL that leads to a PDF that names the document."""

import io
import re
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress.pdf import write_pdf
from tests.helpers.runtimes import Client, Response, fresh_runtime, nothing_changes
from tests.providers.invoicexpress.known import (
    CANCELLED,
    CREDIT_NOTE,
    DELETED,
    DRAFT,
    DRAFT_INVOICE_RECEIPT,
    INVOICE_RECEIPT,
    OTHER_INVOICE,
    PROVIDER,
    RECEIPT,
    SIMPLIFIED,
    TEN_SCREWS,
    UNPAID,
    is_empty,
)

EVERY_TYPE = pytest.mark.parametrize(
    ("document", "title"),
    [
        (UNPAID, "Invoice 1/A"),
        (SIMPLIFIED, "Simplified invoice 1/LOJA"),
        (INVOICE_RECEIPT, "Invoice receipt 2/A"),
        (CREDIT_NOTE, "Credit note 1/A"),
        (RECEIPT, "Receipt 26/A"),
        (CANCELLED, "Invoice 14/A"),
    ],
)


def ask(api: Client, document: int, **query: Any) -> Response:
    """Ask for a PDF until it is ready, and return the last reply."""
    given = "&".join(["api_key=ix-test-key", *(f"{name}={value}" for name, value in query.items())])
    for _ in range(10):
        reply = api.get(f"/api/pdf/{document}.json", query=given)
        if reply.status != 202:
            break
        assert is_empty(reply)
    return reply


def download(api: Client, reply: Response) -> Response:
    """Follow the URL of a PDF without the key."""
    url = urlsplit(reply.json["output"]["pdfUrl"])
    return Client(api.runtime).get(url.path, query=url.query)


def read(reply: Response) -> tuple[str, str]:
    """The title and the text of a PDF."""
    assert reply.headers["content-type"] == "application/pdf"
    pdf = PdfReader(io.BytesIO(reply.content), strict=True)
    assert pdf.metadata is not None
    return str(pdf.metadata.title), pdf.pages[0].extract_text()


@EVERY_TYPE
def test_the_second_request_has_a_pdf_that_names_the_document(api: Client, document: int, title: str) -> None:
    """Later ones too, and each document has its own first request."""
    path = f"/api/pdf/{document}.json"
    assert [api.get(path).status for _ in range(3)] == [202, 200, 200]
    reply = api.get(path)
    found, text = read(download(api, reply))
    assert (found, text.split("\n")[0]) == (title, title)
    assert "Second copy" not in text
    assert api.get(f"/api/pdf/{2 if document == UNPAID else UNPAID}.json").status in {202, 404}


def test_a_second_copy_says_so(api: Client) -> None:
    """Only if asked for."""
    assert "Second copy" in read(download(api, ask(api, UNPAID, second_copy="true")))[1]
    assert "Second copy" not in read(download(api, ask(api, UNPAID, second_copy="false")))[1]


def test_a_pdf_has_client_items_and_total(api: Client) -> None:
    """In characters beyond ASCII too."""
    text = read(download(api, ask(api, 538083)))[1]
    for part in ("Café Mondego", "2 x Ecrã: 221.15", "Date 24/07/2017", "Total 339.10 Euro"):
        assert part in text
    assert read(download(api, ask(api, TEN_SCREWS)))[1].count("Parafuso") == 10


@pytest.mark.parametrize("text", ["(", ")", "\\", "a\nb", "€", "日本", "", "x" * 500])
def test_any_text_makes_a_pdf(text: str) -> None:
    """Characters that the font does not have are question marks."""
    pdf = PdfReader(io.BytesIO(write_pdf(text, [text] * 60).encode("ascii")), strict=True)
    assert pdf.metadata is not None
    assert (pdf.metadata.title or "") == text
    assert len(pdf.pages) == 1
    shown = pdf.pages[0].extract_text().split("\n")[0]
    assert shown == text.encode("cp1252", errors="replace").decode("cp1252").split("\n")[0]


@pytest.mark.parametrize("polls", ["0", "1", "2", "3", "4", "5"])
def test_the_variant_says_how_many_requests_wait(base_runtime: Runtime, polls: str) -> None:
    """For each document."""
    api = Client(fresh_runtime(base_runtime, pdf_polls=polls), root="/invoicexpress", query="api_key=ix-test-key")
    for document in (UNPAID, SIMPLIFIED):
        replies = [api.get(f"/api/pdf/{document}.json").status for _ in range(int(polls) + 1)]
        assert replies == [202] * int(polls) + [200]


@pytest.mark.parametrize(
    ("root", "query", "prefix"),
    [
        ("/ns/mine/invoicexpress", "api_key=ix-test-key", "/ns/mine/invoicexpress/documents/"),
        ("/invoicexpress", "api_key=ix-test-key~mine", "/ns/mine/invoicexpress/documents/"),
        ("/invoicexpress", "api_key=ix-test-key", "/invoicexpress/documents/"),
    ],
)
def test_the_url_leads_to_the_namespace_of_the_call(runtime: Runtime, root: str, query: str, prefix: str) -> None:
    """In its path, because it is followed without the key."""
    Client(runtime).post("/_sandbox/namespaces", {"name": "mine"})
    api = Client(runtime, root=root, query=query)
    path = f"/api/pdf/{UNPAID}.json"
    assert [api.get(path).status, (reply := api.get(path)).status] == [202, 200]
    assert urlsplit(reply.json["output"]["pdfUrl"]).path.startswith(prefix)
    assert read(download(api, reply))[0] == "Invoice 1/A"


def test_a_host_of_the_vendor_has_no_prefix(runtime: Runtime) -> None:
    """The URL is at the host that was called."""
    api = Client(runtime, headers={"Host": "oficina.app.invoicexpress.com"}, query="api_key=ix-test-key")
    reply = [api.get(f"/api/pdf/{UNPAID}.json") for _ in range(2)][-1]
    assert reply.json["output"]["pdfUrl"].startswith("http://oficina.app.invoicexpress.com/documents/1")


@pytest.mark.parametrize("path", ["/api/pdf/{}.json", "/api/qr_codes/{}.json"])
@pytest.mark.parametrize(
    ("document", "status", "rule"),
    [
        (DRAFT, 422, "draft-is-not-printed"),
        (DELETED, 422, "draft-is-not-printed"),
        (DRAFT_INVOICE_RECEIPT, 422, "draft-is-not-printed"),
        (2, 404, "unknown-document-is-404"),
        (OTHER_INVOICE, 404, "unknown-document-is-404"),
    ],
)
def test_drafts_and_unknown_documents_have_none(api: Client, path: str, document: int, status: int, rule: str) -> None:
    """The request is not counted."""
    with nothing_changes(api, PROVIDER):
        reply = api.get(path.format(document))
    assert (reply.status, is_empty(reply)) == (status, True)
    assert rule in reply.explain


@pytest.mark.parametrize(
    "change",
    [
        lambda end: end[:-1] + "g",
        lambda end: end[:-1] + ("1" if end.endswith("0") else "0"),
        lambda end: "2" + end[1:],
        lambda end: end[1:],
    ],
)
def test_a_wrong_permalink_leads_nowhere(api: Client, change: Any) -> None:
    """Another document's digits are wrong too."""
    url = urlsplit(ask(api, UNPAID).json["output"]["pdfUrl"]).path
    end = url.removesuffix(".pdf").rpartition("/")[2]
    assert Client(api.runtime).get(url.replace(end, change(end))).status == 404


def test_a_draft_is_not_downloaded(api: Client) -> None:
    """Even by its permalink."""
    link = api.get(f"/invoices/{DRAFT}.json").json["invoice"]["permalink"]
    reply = api.get(f"/documents/{link.rpartition('/')[2]}.pdf", query="")
    assert reply.status == 404
    assert "permalink-is-the-documents" in reply.explain


@EVERY_TYPE
def test_a_document_has_a_qr_code(api: Client, document: int, title: str) -> None:
    """Its URL leads to a picture that names the document, without the key."""
    reply = api.get(f"/api/qr_codes/{document}.json")
    assert reply.status == 200
    path = urlsplit(reply.json["qr_code"]["url"]).path
    assert re.fullmatch(rf"/invoicexpress/documents/{document}[0-9a-f]{{40}}/qr_code\.svg", path)
    picture = Client(api.runtime).get(path)
    assert (picture.status, picture.headers["content-type"]) == (200, "image/svg+xml")
    drawing = ET.fromstring(picture.content)  # noqa: S314 - what the sandbox itself has written
    assert drawing.findtext("{http://www.w3.org/2000/svg}title") == title
    guessed = re.sub("[0-9a-f]{40}/", f"{'0' * 40}/", path)
    assert Client(api.runtime).get(guessed).status == 404
