"""Journal entries as JSON: decoded, masked, with the contract's sentences and with advice."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import takewhile
from typing import Any, Final

import msgspec

from paysandbox.contract.operation import Operation, Rule
from paysandbox.control import timestamps
from paysandbox.control.advice import Adviser
from paysandbox.control.changes_view import describe_changes
from paysandbox.control.masking import Content, Cover, Masks, read_content
from paysandbox.core.problems import RULE
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace

_EXPLANATION: Final = b"x-sandbox-explain"
_THOUSANDTH: Final = Decimal("0.001")
_SPARE: Final = 1000  # noted entries more than the journal holds, at which a short journal is not read anew


def describe_entries(entries: Iterable[Entry], namespace: Namespace, runtime: Runtime) -> list[dict[str, Any]]:
    """Describe some entries of a namespace's journal, in their order."""
    return _find_reader(namespace, runtime).describe(entries)


def describe_entry(entry: Entry, namespace: Namespace, runtime: Runtime) -> dict[str, Any]:
    """Describe an entry of a namespace's journal with what its call has changed."""
    return _find_reader(namespace, runtime).describe_fully(entry)


def summarize_entry(entry: Entry, namespace: Namespace, runtime: Runtime) -> dict[str, Any]:
    """Describe an entry without the headers and bodies of its request and its reply, which take the most time."""
    return _find_reader(namespace, runtime).summarize(entry)


def describe_entry_changes(entry: Entry, namespace: Namespace, runtime: Runtime) -> dict[str, Any]:
    """Describe only what the call of an entry has changed."""
    return _find_reader(namespace, runtime).describe_changes(entry)


def _find_reader(namespace: Namespace, runtime: Runtime) -> "JournalReader":
    journal = namespace.journal
    reader = journal.reader
    if not isinstance(reader, JournalReader) or not reader.is_fit(runtime):
        reader = journal.reader = JournalReader(namespace, runtime)
    return reader


class JournalReader:
    """Reads the journal of one namespace.

    The advice about a call may depend on calls before it. So it notes every entry, once: a later reading notes what has
    come since.
    """

    def __init__(self, namespace: Namespace, runtime: Runtime) -> None:
        self._namespace = namespace
        self._runtime = runtime
        self._services = runtime.services
        self._adviser = Adviser(namespace, runtime)
        self._readers: dict[str, Reader] = {}
        self._latest = self._noted = 0  # the number of the latest noted entry, and how many were noted

    def is_fit(self, runtime: Runtime) -> bool:
        """Whether it knows the services of a runtime, and not too much of what the journal has evicted."""
        return self._services is runtime.services and self._noted <= 2 * len(self._namespace.journal) + _SPARE

    def describe(self, entries: Iterable[Entry]) -> list[dict[str, Any]]:
        """Describe entries of the journal, in their order."""
        self._note_new()
        return [self._find_reader(entry).describe(entry) for entry in entries]

    def summarize(self, entry: Entry) -> dict[str, Any]:
        """Describe an entry of the journal without the headers and bodies of its request and its reply."""
        self._note_new()
        return self._find_reader(entry).summarize(entry)

    def _note_new(self) -> None:
        """Note the entries that have come since the last reading."""
        new = list(takewhile(lambda entry: entry.number > self._latest, reversed(self._namespace.journal)))
        for entry in reversed(new):
            reader = self._find_reader(entry)
            self._adviser.note(entry, reader.service, reader.masks)
            self._latest = entry.number
        self._noted += len(new)

    def describe_fully(self, entry: Entry) -> dict[str, Any]:
        """Describe an entry of the journal with what its call has changed."""
        return self.describe([entry])[0] | self.describe_changes(entry)

    def describe_changes(self, entry: Entry) -> dict[str, Any]:
        """Describe what the call of an entry has changed."""
        return self._find_reader(entry).describe_changes(entry)

    def _find_reader(self, entry: Entry) -> "Reader":
        reader = self._readers.get(entry.provider)
        if reader is None:
            # A call may have reached no provider.
            service = self._services.get(entry.provider, self._runtime.control)
            reader = self._readers[entry.provider] = Reader(service, self._namespace, self._adviser)
        return reader


class Reader:
    """Reads the entries of one provider in one namespace."""

    def __init__(self, service: Service, namespace: Namespace, adviser: Adviser) -> None:
        self.service = service
        self.masks = Masks(service)
        self._namespace = namespace
        self._adviser = adviser
        self._operations = {operation.id: operation for operation in service.contract.operations}

    def describe(self, entry: Entry) -> dict[str, Any]:
        """One entry, as the contract's Request."""
        sent, answered, cover = self._open(entry)
        found = self._summarize(entry, sent, cover)
        duration = found.pop("duration_ms")  # the last, as the contract has it
        return {
            **found,
            "request": {"headers": cover.cover_headers(entry.request.headers), "body": cover.cover_body(sent)},
            "reply": _describe_reply(entry, answered, cover),
            "duration_ms": duration,
        }

    def summarize(self, entry: Entry) -> dict[str, Any]:
        """One entry without the headers and bodies of its request and its reply."""
        sent, _, cover = self._open(entry)
        return self._summarize(entry, sent, cover)

    def _open(self, entry: Entry) -> tuple[Content, Content, Cover]:
        """Read both bodies of an entry; return them, and what covers the credentials of both sides."""
        request = entry.request
        sent = read_content(request.content)
        answered = read_content(entry.content if request.method != "HEAD" else None)
        return sent, answered, Cover(self.masks, request, sent, answered)

    def _summarize(self, entry: Entry, sent: Content, cover: Cover) -> dict[str, Any]:
        request = entry.request
        explanation = next((value for name, value in entry.headers if name == _EXPLANATION), None)
        return {
            "id": self._namespace.request_id(entry.number),
            "at": timestamps.format_timestamp(entry.at),
            "provider": entry.provider or None,
            "operation": entry.operation,
            "method": request.method,
            "url": cover.cover_url(request.path, request.query),
            "status": entry.status,
            "refused": entry.refusal is not None,
            "expects_refusal": self._namespace.journal.expects_refusal(entry),
            "explanation": None if explanation is None else cover.cover_text(explanation.decode("latin-1")),
            "violations": self._describe_violations(entry, cover),
            "rules": self._describe_rules(entry),
            "advice": self._advise(entry, sent, cover),
            "fault": _describe_fault(entry),
            "duration_ms": Decimal(entry.duration).scaleb(-6).quantize(_THOUSANDTH),
        }

    def describe_changes(self, entry: Entry) -> dict[str, Any]:
        """What the call of an entry has changed in the records."""
        cover = self._open(entry)[-1]
        writes = self._namespace.journal.find_writes(entry.number)
        table_defs = self.service.provider.state.table_defs()
        return describe_changes(entry.provider, writes, table_defs, self.masks, cover)

    def _advise(self, entry: Entry, sent: Content, cover: Cover) -> list[str]:
        # A call may have reached no provider, or one that is not served since a reload.
        is_served = entry.provider == self.service.provider.name
        return self._adviser.advise(entry, self.service, sent, cover) if is_served else []

    def _describe_violations(self, entry: Entry, cover: Cover) -> list[dict[str, Any]]:
        """All that is wrong with the request; members that nothing is known of are left out."""
        refusal = entry.refusal
        if refusal is None or not refusal.violations:
            return []
        rule = self._find_rules(entry).get(refusal.rule or "")
        of_rule = {} if rule is None else {"says": rule.says, "provenance": rule.provenance, "source": str(rule.source)}
        return [
            {
                name: value
                for name, value in {
                    "pointer": cover.cover_text(one.pointer),
                    "keyword": one.keyword,
                    "message": cover.cover_text(one.message),
                    "rule": refusal.rule,
                    "says": one.own_sentence,
                    "provenance": one.provenance,
                    "source": one.source,
                    **(of_rule if one.keyword == RULE else {}),
                }.items()
                if value is not None
            }
            for one in refusal.violations
        ]

    def _describe_rules(self, entry: Entry) -> list[dict[str, Any]]:
        """The rules passed through, in the contract's words; a breach may name some that the contract lacks."""
        known = self._find_rules(entry)
        passed = [known[rule] for rule in entry.rules if rule in known]
        return [{**msgspec.to_builtins(rule), "source": str(rule.source)} for rule in passed]

    def _find_rules(self, entry: Entry) -> Mapping[str, Rule]:
        """The rules of the operation that was called; none if the contract lacks it."""
        operation: Operation | None = self._operations.get(entry.operation or "")
        return {} if operation is None else operation.rules


def _describe_fault(entry: Entry) -> dict[str, Any] | None:
    if entry.fault_id is None or entry.effect is None:
        return None
    return {"id": entry.fault_id, "then": msgspec.to_builtins(entry.effect)}


def _describe_reply(entry: Entry, answered: Content, cover: Cover) -> dict[str, Any]:
    """The reply; nothing where the connection was closed before there was one."""
    if entry.status is None:
        return {"headers": {}, "body": None}
    return {"headers": cover.cover_headers(entry.headers), "body": cover.cover_body(answered)}
