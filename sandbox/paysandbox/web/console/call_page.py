"""The view of one call: what was wrong where, in the vendor's words, and how to make it again."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from msgspec import Struct

from paysandbox.control.call_filter import Described
from paysandbox.control.journal_view import describe_entry
from paysandbox.control.masking import Masks, read_content
from paysandbox.control.records import find_record
from paysandbox.core.exact_json import write_json
from paysandbox.core.problems import NotFound, Violation
from paysandbox.judging.verdict_on_request import split_unknown
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import NAMESPACE_PREFIX, Namespace
from paysandbox.web.console.contract_view.values import make_rule_anchor
from paysandbox.web.console.marked_json import Line, render_lines
from paysandbox.web.console.record_diff import RecordChange, read_call_changes
from paysandbox.web.console.snippets import Again, choose_headers, list_snippets

LONGEST: Final = 50_000  # characters of a body that is shown as text, or can be made again
_PLACES: Final = ("?", "#", "{")  # of a violation in a query parameter, a header, a path parameter
_SEGMENTS: Final = 50  # of a path, in which documents are looked for


class Body(Struct, frozen=True):
    """A body as lines of JSON, or as text; with neither `nothing` says why.

    `more` lines, or `left_out` characters of the text, are left out.
    """

    lines: tuple[Line, ...] = ()
    text: str | None = None
    more: int = 0
    nothing: str = "It has no body."
    left_out: int = 0


class CallView(Struct, frozen=True):
    """A call. `violations` are numbered from 1; `rules` has the anchor of each rule that it passed.

    `changes` is None if they are not known. `documents` are table and key of those that it changed or its path names.

    `again` has the credential that was sent only if that is a test credential of the fixtures, else a mask. A body
    that `is_long` is not made again from the page, which would repeat it for each way.
    """

    call: Described
    namespace: str
    title: str
    is_known: bool
    violations: tuple[tuple[int, Mapping[str, Any]], ...]
    rules: tuple[tuple[str, Mapping[str, Any]], ...]
    sent: Body
    answered: Body
    changes: tuple[RecordChange, ...] | None
    documents: tuple[tuple[str, str], ...]
    again: Again
    is_masked: bool
    is_long: bool
    snippets: tuple[tuple[str, str], ...]
    before: str | None
    after: str | None

    def anchor(self, rule: str) -> str:
        """Return the anchor of a rule in the docs of the call's operation."""
        return make_rule_anchor(self.call["operation"], rule)


def build_call(name: str, runtime: Runtime, origin: str) -> CallView:
    """Build the view of the call with this id, as a browser that came by `origin` can make it again.

    Raises:
        NotFound: no call has this id, or the journal does not hold it any more.
    """
    namespace, entry = _find(name, runtime)
    call = describe_entry(entry, namespace, runtime)
    service = runtime.services.get(entry.provider)
    violations = tuple(enumerate(call["violations"], 1))
    again, is_masked = _repeat(entry, call, namespace, runtime, origin)
    is_long = again.body is not None and len(again.body) > LONGEST
    journal = namespace.journal
    return CallView(
        call=call,
        namespace=namespace.name,
        title="no provider" if service is None else service.contract.title,
        is_known=service is not None,
        violations=violations,
        rules=tuple((make_rule_anchor(call["operation"], rule["id"]), rule) for rule in call["rules"]),
        sent=render_body(call["request"]["body"], entry.request.content, find_pointers(violations)),
        answered=render_body(call["reply"]["body"], entry.content),
        changes=None if call["changes"] is None else tuple(read_call_changes(call["changes"])),
        documents=() if service is None else tuple(_find_documents(entry, call, service, namespace)),
        again=again,
        is_masked=is_masked,
        is_long=is_long,
        snippets=() if service is None or is_long else tuple(list_snippets(again, entry.provider, entry.status)),
        before=namespace.request_id(entry.number - 1) if journal.get(entry.number - 1) else None,
        after=namespace.request_id(entry.number + 1) if journal.get(entry.number + 1) else None,
    )


def _find(name: str, runtime: Runtime) -> tuple[Namespace, Entry]:
    namespace = runtime.namespaces.find(name.rpartition("-")[0])
    number = None if namespace is None else namespace.request_number(name)
    entry = None if namespace is None or number is None else namespace.journal.get(number)
    if namespace is None or entry is None:
        journal = None if namespace is None or number is None else namespace.journal
        gone = f"the journal does not hold the call {name[:100]!r} any more"
        if journal is not None and journal.evicted:
            raise NotFound(f"{gone}, because {journal.describe_room()}")
        raise NotFound(f"there is no call {name[:100]!r}, or it was deleted with its journal")
    return namespace, entry


def _find_documents(entry: Entry, call: Described, service: Service, namespace: Namespace) -> Iterator[tuple[str, str]]:
    """Yield table and key of the documents that a call changed or named in its path, as far as they still exist."""
    state = namespace.state(entry.provider)
    changed = [(change["table"], change["key"]) for change in call["changes"] or ()]
    named = re.split("[/.]", unquote(entry.request.path))[:_SEGMENTS]
    for statement in service.provider.statements:
        keys = dict.fromkeys([*(key for table, key in changed if table == statement.table), *named])
        for key in keys:
            if key and find_record(key, state.table(statement.table)) is not None:
                yield statement.table, key


def find_pointers(violations: Iterable[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, str]]:
    """Find number and pointer of the violations that are in the body; of unknown properties each has its own."""
    return [
        (number, part.pointer)
        for number, one in violations
        if not one["pointer"].startswith(_PLACES)
        for part in split_unknown(Violation(one["pointer"], one.get("keyword", ""), one["message"]))
    ]


def render_body(value: Any, content: bytes | None, violations: Iterable[tuple[int, str]] = ()) -> Body:
    """Render a body, whose JSON value or text is `value`, with number and pointer of each violation."""
    if not content:
        return Body()
    if not read_content(content).is_json:
        return Body(text=value[:LONGEST], left_out=max(len(value) - LONGEST, 0))
    lines, more = render_lines(value, violations)
    return Body(lines, None, more)


def _repeat(entry: Entry, call: Described, namespace: Namespace, runtime: Runtime, origin: str) -> tuple[Again, bool]:
    """Return the call as it can be made again, and whether its credentials are masked in it."""
    request = entry.request
    service = runtime.services.get(entry.provider, runtime.control)
    content = read_content(request.content)
    known = set(service.credentials.values())
    is_masked = not all(one.value in known for one in Masks(service).find_credentials(request, content))
    if is_masked:
        address = call["url"]
        headers = dict(call["request"]["headers"])
        shown = call["request"]["body"]
        body = None if not request.content else write_json(shown).decode() if content.is_json else shown
    else:
        address = f"{request.path}{f'?{request.query}' if request.query else ''}"
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers}
        body = None if not request.content else request.content.decode("utf-8", "replace")
    path = f"{NAMESPACE_PREFIX}{namespace.name}/{service.prefix}{address}"
    return Again(request.method, origin + path, path, address, choose_headers(headers), body), is_masked
