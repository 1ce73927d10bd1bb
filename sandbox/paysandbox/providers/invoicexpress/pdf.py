"""A small PDF of a document: one page of text, in characters that every reader has a font for."""

from collections.abc import Iterable, Sequence
from typing import Final

from paysandbox.providers.invoicexpress.records import Client, Document

_WIDTH, _HEIGHT = 595, 842  # A4, in points
_LEFT, _TOP, _SIZE, _LEADING = 60, 780, 11, 16
_LINES: Final = 44  # what the page holds
_ITEMS: Final = 25
_ESCAPED: Final = frozenset(b"()\\")
_PRINTABLE: Final = range(0x20, 0x7F)


def print_document(document: Document, kind: str, client: Client, *, second_copy: bool) -> str:
    """Write the PDF of a document, which names it by its kind and number, `Simplified invoice 1/LOJA`."""
    title = f"{kind} {document.sequence_number}"
    lines = [title, *(["Second copy"] if second_copy else []), "", client.name]
    lines += [f"Tax number {client.fiscal_id}"] if client.fiscal_id else []
    lines += ["", f"Date {document.date:%d/%m/%Y}", f"Due {document.due_date:%d/%m/%Y}", f"State {document.status}", ""]
    lines += [f"{item.quantity} x {item.name}: {item.total}" for item in document.items[:_ITEMS]]
    lines += ["..."] if len(document.items) > _ITEMS else []
    lines += ["", f"Before taxes {document.before_taxes}", f"Taxes {document.taxes}"]
    return write_pdf(title, [*lines, f"Total {document.total} {document.currency}"])


def write_pdf(title: str, lines: Sequence[str]) -> str:
    """Write lines of text as a PDF in ASCII; lines that the page does not hold are left out.

    Source: ISO 32000-1, 7.5 (the structure of a file) and 9.6.2.2 (the standard fonts).
    """
    text = f"BT /F1 {_SIZE} Tf {_LEADING} TL {_LEFT} {_TOP} Td " + " ".join(
        f"{_write_string(line)} Tj T*" for line in lines[:_LINES]
    )
    stream = f"{text} ET"
    page = f"/Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}]"
    return _write_file(
        (
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< {page} /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            f"<< /Title <feff{title.encode('utf-16-be', errors='replace').hex()}> /Producer (Paysandbox) >>",
        )
    )


def _write_file(objects: Iterable[str]) -> str:
    written, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n"
    count = len(offsets) + 1
    # An entry of the table has 20 bytes, its end of line included.
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    return (
        f"{written}xref\n0 {count}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {count} /Root 1 0 R /Info {count - 1} 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    )


def _write_string(text: str) -> str:
    """Write a text as a PDF string; characters beyond Windows-1252 become question marks."""
    content = text.encode("cp1252", errors="replace")
    return "(" + "".join(map(_write_byte, content)) + ")"


def _write_byte(byte: int) -> str:
    return chr(byte) if byte in _PRINTABLE and byte not in _ESCAPED else f"\\{byte:03o}"
