"""Views rendered as pages. Style and script are inline, because the policy can then name their bytes by hash."""

import re
from base64 import b64encode
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from paysandbox.core.messages import Reply
from paysandbox.html.prose import parse_blocks

HTML_TYPE: Final = "text/html"

_CODE: Final = re.compile(r"`([^`\n]+)`")
_DECIMALS: Final = 2
_HERE: Final = Path(__file__).parent


def write_plain(value: Decimal | int | str) -> str:
    """Write a value; an amount without an exponent, which that of a client may have."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def write_amount(value: Decimal) -> str:
    """Write an amount with at least two decimals, so that those of a column stand below each other."""
    exponent = value.as_tuple().exponent
    return f"{value:.2f}" if isinstance(exponent, int) and exponent > -_DECIMALS else f"{value:f}"


def mark_code(text: str | None) -> Markup:
    """Return a sentence with what stands between backticks as code; all else stays as it is."""
    parts = _CODE.split(text or "")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_STYLE: Final = (_HERE / "page.css").read_text("utf-8")
# A page without script is one that can be saved as a file; the others ask this sandbox alone.
PAGE: Final = "html/page.js"
_POLICY: Final = (
    f"default-src 'none'; style-src {_hashed(_STYLE)}; img-src data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader([_HERE, _HERE.parent]),  # shared parts by name, a page by its folder and name
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["blocks"] = parse_blocks
_TEMPLATES.filters["amount"] = write_amount
_TEMPLATES.filters["coded"] = mark_code
_TEMPLATES.filters["plain"] = write_plain


def render_template(template: str, *, scripts: Sequence[str] = (PAGE,), **view: Any) -> Reply:
    """Render a page of one template with these scripts; text of contracts and clients is escaped."""
    sources = [_read_script(name) for name in scripts]
    text = _TEMPLATES.get_template(template).render(
        style=Markup(_STYLE),  # noqa: S704 - our own file
        scripts=[Markup(source) for source in sources],  # noqa: S704 - our own files
        **view,
    )
    headers = (
        ("Content-Security-Policy", _POLICY + _describe_rights(sources)),
        ("Referrer-Policy", "same-origin"),
    )
    # Half of a surrogate pair, which a contract may hold, has no bytes.
    return Reply(200, text.encode("utf-8", "replace").decode(), headers=headers, media_type=HTML_TYPE)


@cache
def _read_script(name: str) -> str:
    return (_HERE.parent / name).read_text("utf-8")


def _describe_rights(scripts: Sequence[str]) -> str:
    if not scripts:
        return "; form-action 'none'"
    return f"; form-action 'self'; script-src {' '.join(map(_hashed, scripts))}"
