"""Pages of lists, and replies that are a message."""

from collections.abc import Sequence
from typing import Any

from paysandbox.providers.invoiless.rules import count_pages


def write_list(docs: Sequence[dict[str, Any]], page: int, limit: int, total: int, envelope: str) -> Any:
    """Write a page of a list, in the envelope of the variant `list_envelope`. Source: public clients of the service."""
    if envelope == "array":
        return list(docs)
    return {"docs": list(docs), "page": page, "pages": count_pages(total, limit), "total": total, "limit": limit}


def write_deletion(noun: str) -> dict[str, Any]:
    """Write the reply to a deletion. Source: public clients of the service; the text is a house decision."""
    return {"message": f"The {noun} has been deleted."}


def write_sent() -> dict[str, Any]:
    """Write the reply to a sending. Source: public clients of the service; the text is a house decision."""
    return {"message": "The invoice has been sent."}
