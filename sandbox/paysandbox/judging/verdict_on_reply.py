"""Judge a recorded reply: success or refusal, and what of it the contract lacks."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from paysandbox.contract.operation import Operation, ResponseSpec
from paysandbox.contract.provenance import Provenance
from paysandbox.contract.schema_tree import SchemaNode
from paysandbox.contract.validators import UNKNOWN, Schemas
from paysandbox.control.masking import Content
from paysandbox.core.problems import Violation
from paysandbox.judging.verdict_on_request import find_value, is_masked, split_unknown
from paysandbox.kit.provider import Service
from paysandbox.pipeline.dispatch import SUCCESSES
from paysandbox.recordings.exchange import Exchange

_ABOUT: Final = {
    **dict.fromkeys(UNKNOWN, "property"),
    "type": "type",
    "enum": "enum value",
    "const": "enum value",
    "required": "missing property",
}
# Headers of HTTP, of proxies and of servers; no contract says anything of them.
_ORDINARY: Final = re.compile(
    r"(?:accept-ranges|age|allow|alt-svc|cache-control|cf-.*|connection|content-.*|cookie|cross-origin-.*|date|etag"
    r"|expect-ct|expires|feature-policy|keep-alive|last-modified|link|location|nel|origin-agent-cluster|p3p"
    r"|permissions-policy|pragma|referrer-policy|report-to|server|server-timing|set-cookie|status"
    r"|strict-transport-security|timing-allow-origin|trailer|transfer-encoding|upgrade|vary|via|warning"
    r"|www-authenticate|x-(?:cache|content-type-options|dns-prefetch-control|download-options|frame-options"
    r"|permitted-cross-domain-policies|powered-by|rack-cache|request-id|runtime|served-by|timer|ua-compatible"
    r"|xss-protection|sandbox-.*)|access-control-.*)"
)


class Lack(NamedTuple):
    """What a reply has, and the contract lacks."""

    about: str
    where: str
    message: str
    violation: Violation | None = None
    value: Any = None


class ReplyJudge:
    """Judges the replies of one operation."""

    def __init__(self, service: Service, operation: Operation, schemas: Schemas) -> None:
        self._service = service
        self._operation = operation
        self._schemas = schemas
        self._place = ("paths", operation.template, operation.method.lower(), "responses")

    def is_success(self, status: int | None, content: Content) -> bool:
        """Whether the vendor carried the call out. An API that refuses with 200 says so by a code in its envelope."""
        if status not in SUCCESSES:
            return False
        codes = self._success_codes
        body = content.value
        return not codes or not isinstance(body, dict) or all(self._has(body, path, codes[path]) for path in codes)

    def find_lacks(self, exchange: Exchange, content: Content) -> Iterator[Lack]:
        """What is undocumented in a reply; `content` is its body.

        The body of a success with a status that the contract lacks is held against the nearest success that it has.
        """
        status = exchange.status
        spec = self._operation.replies.get(status) if status is not None else None
        if spec is None:
            known = ", ".join(map(str, self._operation.replies))
            yield Lack("status", str(status), f"the vendor answered {status}; the contract has {known}")
            nearest = self._find_nearest_success(status)
            if nearest is None:
                return
            status, spec = nearest
            exchange = replace(exchange, status=status)
        yield from _find_headers(exchange)
        if exchange.method == "HEAD" or exchange.reply.content is None:
            return
        yield from self._find_in_body(spec, content, exchange)

    def _find_nearest_success(self, status: int | None) -> tuple[int, ResponseSpec] | None:
        """The success of the contract whose status is nearest to another success; None if there is none."""
        if status is None or status not in SUCCESSES:
            return None
        replies = [(abs(known - status), known) for known in self._operation.replies if known in SUCCESSES]
        return (known := min(replies)[1], self._operation.replies[known]) if replies else None

    def _find_in_body(self, spec: ResponseSpec, content: Content, exchange: Exchange) -> Iterator[Lack]:
        declared = next(iter(exchange.reply.get_headers("content-type")), "").partition(";")[0].strip().lower()
        if not spec.contents:
            if exchange.reply.content and exchange.reply.content.strip():
                yield Lack("media type", str(exchange.status), "the vendor's reply has a body; the contract has none")
            return
        media_type = declared if declared in spec.contents else next(iter(spec.contents))
        if content.value is None and not content.is_json:
            yield Lack("media type", str(exchange.status), "the vendor's reply is empty; the contract has a body")
            return
        is_json = media_type.endswith("json")
        if (declared and declared not in spec.contents) or is_json != content.is_json:
            yield Lack(
                "media type",
                str(exchange.status),
                f"the vendor's reply is {declared or 'not JSON'}; the contract has {', '.join(spec.contents)}",
            )
            return
        validator = spec.contents[media_type]
        if validator.is_valid(content.value):
            return
        found = validator.violations(content.value)
        for violation in (part for one in found for part in split_unknown(one)):
            value = find_value(content.value, violation.pointer)
            if violation.keyword not in UNKNOWN and is_masked(violation, value):
                continue
            value = None if isinstance(value, (dict, list)) else value
            about = _ABOUT.get(violation.keyword, "bound")
            of_enum = f"={value}" if about == "enum value" else ""
            where = f"{exchange.status} {violation.pointer}{of_enum}".rstrip()
            yield Lack(about, where, violation.message, violation, value)

    @cached_property
    def _success_codes(self) -> dict[tuple[str, ...], frozenset[Any]]:
        """The values by which an envelope tells success, by their paths; empty if the API has no envelope."""
        for status, spec in self._operation.replies.items():
            for media_type in spec.contents if status in SUCCESSES else ():
                schema = self._schemas.at((*self._place, str(status), "content", media_type, "schema"))
                branches = schema.get("oneOf", []) if isinstance(schema, dict) else []
                if branches:
                    read = SchemaNode(self._schemas).read(branches[0], Provenance("documented", None, None))
                    return {path: frozenset(values) for path, values in read.limited() if path and _is_code(values)}
        return {}

    def _has(self, body: Any, path: tuple[str, ...], values: frozenset[Any]) -> bool:
        for name in path:
            body = body.get(name) if isinstance(body, dict) else None
        return body in values if not isinstance(body, (dict, list)) else False


def _is_code(values: Any) -> bool:
    return len(values) == 1 and all(isinstance(value, str) for value in values)


def _find_headers(exchange: Exchange) -> Iterator[Lack]:
    for name, _ in exchange.reply.headers:
        plain = name.lower()
        if not _ORDINARY.fullmatch(plain):
            yield Lack("header", f"{exchange.status} #{plain}", f"the vendor answered the header {plain}")
