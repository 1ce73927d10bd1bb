"""Take evidence home: a JSON merge patch of a contract, in which what a recording confirmed is observed.

Confirmed statuses, defaults, rules and variants become observed, and undocumented properties, types and enum values of
replies are added. What cannot be said by an edit of one place is left to a person, with the reason.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any, Final

from msgspec import Struct, field

from paysandbox.contract.evidence import BOUNDS
from paysandbox.contract.parser import find_errors
from paysandbox.contract.provenance import ASSUMED, ASSUMED_KEYWORDS
from paysandbox.contract.validators import Schemas
from paysandbox.core.json_types import name_type
from paysandbox.core.strict_yaml import format_path
from paysandbox.evidence.schema_places import Place, find_closed_object, find_property, get_node
from paysandbox.evidence.shown_variants import list_shown_variants
from paysandbox.judging.differences import CONFIRMED, UNDOCUMENTED, Difference, Drift
from paysandbox.kit.provider import Service

OBSERVED: Final = "observed"
_SEPARATORS: Final = re.compile(r"[;\"\s\x00-\x1f]+")  # of citations; a file may be named with them
_UNDOCUMENTED_KINDS: Final = ("property", "type", "enum value")


class Patch(Struct):
    """A merge patch of one contract: what it changes, one line each, and what is left to a person."""

    provider: str
    document: Any
    patch: Any
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def make_patch(service: Service, drift: Drift, recorded: date) -> Patch:
    """Make the patch of one provider's contract.

    Args:
        service: of the provider.
        drift: of the recordings.
        recorded: the day of the recording, which the new source has.
    """
    mine = [difference for difference in drift.differences if difference.provider == service.provider.name]
    draft = _Draft(service, recorded)
    draft.add([difference for difference in mine if draft.has_edit(difference)])
    draft.left += list_shown_variants(service.provider.name, drift)
    patch = diff_values(service.base_contract.document, draft.document) or {}
    return Patch(service.provider.name, draft.document, patch, draft.changed, draft.left)


class _Draft:
    """A contract with edits, valid at any time: an edit after which it would not be valid is left to a person."""

    def __init__(self, service: Service, recorded: date) -> None:
        self._service = service
        self._recorded = recorded
        self.document: Any = service.base_contract.document
        self.changed: list[str] = []
        self.left: list[str] = []

    def has_edit(self, difference: Difference) -> bool:
        return self._open(self.document).find_edit(difference) is not None

    def add(self, differences: Sequence[Difference]) -> None:
        """Make the edits for differences, in halves if they are not valid together."""
        editor = self._open(deepcopy(self.document))
        reasons = [edit(found) for found in differences if (edit := editor.find_edit(found)) is not None]
        if None in reasons:
            editor.add_source(self._recorded)
        errors = find_errors(editor.document) if None in reasons else []
        if errors and len(differences) > 1:
            middle = len(differences) // 2
            self.add(differences[:middle])
            self.add(differences[middle:])
            return
        if errors:
            where, what = errors[0]
            reasons = [f"the contract would not be valid then, at {format_path(where)}: {what}"]
        else:
            self.document = editor.document
        for difference, reason in zip(differences, reasons, strict=True):
            line = f"{difference.operation} {difference.about} {difference.where}"
            if reason is None:
                self.changed.append(f"{line} ({', '.join(difference.places)})")
            else:
                self.left.append(f"{line}: {reason}")

    def _open(self, document: dict[str, Any]) -> "_Editor":
        return _Editor(self._service, document, f"recording-{self._recorded.isoformat()}")


def diff_values(before: Any, after: Any) -> Any:
    """Return the JSON merge patch (RFC 7396) from one object to another: what is gone is null, arrays are whole."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    patch = {name: None for name in before if name not in after}
    for name, value in after.items():
        if name not in before:
            patch[name] = value
        elif before[name] != value:
            patch[name] = diff_values(before[name], value)
    return patch


class _Editor:
    """Edits a copy of a contract's document. Each edit returns why it is left to a person, None if it was made."""

    def __init__(self, service: Service, document: dict[str, Any], key: str) -> None:
        self.document = document
        self.key = key
        self._operations = {operation.id: operation for operation in service.base_contract.operations}
        self._schemas = Schemas(document)

    def add_source(self, recorded: date) -> None:
        """Add the recording to the sources that the contract cites."""
        title = f"a recording of real traffic of {recorded.isoformat()}"
        source = {"title": title, "kind": "recording", "retrieved": recorded.isoformat()}
        self.document.setdefault("x-sources", {}).setdefault(self.key, source)

    def find_edit(self, difference: Difference) -> Callable[[Difference], str | None] | None:
        """The edit for a difference; None if it says nothing that belongs into a contract."""
        if difference.verdict == CONFIRMED:
            return {
                "status": self._confirm_status,
                "rule": self._confirm_rule,
                "default": self._confirm_default,
                "variant": self._confirm_variant,
            }.get(difference.about, self._leave)
        if difference.verdict == UNDOCUMENTED and difference.variant is None:
            return self._extend_reply if difference.about in _UNDOCUMENTED_KINDS else self._leave
        return self._leave if difference.is_question and difference.variant is None else None

    def _leave(self, difference: Difference) -> str:
        if difference.is_question and difference.verdict != UNDOCUMENTED:
            return f"what was assumed is not so: {difference.message}"
        if difference.about in ("enum", "operation"):
            return "its grade is that of others too; say it by hand"
        return f"say by hand what it means: {difference.message}"

    def _place(self, difference: Difference) -> Place:
        operation = self._operations[difference.operation]
        return "paths", operation.template, operation.method.lower()

    def _cite(self, written: str | None, difference: Difference) -> str:
        place = _SEPARATORS.sub("-", difference.places[0])
        citation = f"{self.key}: {place}"
        return citation if written is None else f"{written}; {citation}"

    def _mark(self, node: dict[str, Any], difference: Difference) -> None:
        node["x-provenance"] = OBSERVED
        node["x-source"] = self._cite(node.get("x-source"), difference)

    def _confirm_status(self, difference: Difference) -> str | None:
        status = difference.where
        responses = get_node(self.document, self._place(difference))["responses"]
        if status not in responses:
            return "a code of an envelope has no grade of its own; say it by hand"
        place = self._schemas.resolve((*self._place(difference), "responses", status))
        if place[0] == "components" and self._count_uses(place) > 1:
            choice = self._find_changing_choice(place)
            if choice is not None:
                return f"others share the response, and a copy would not follow the variant {choice}"
            # Copied, because only this use of it was seen.
            responses[status] = deepcopy(self._schemas.follow(responses[status]))
            self._mark(responses[status], difference)
        else:
            self._mark(get_node(self.document, place), difference)
        return None

    def _count_uses(self, place: Place) -> int:
        reference = "#/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in place)
        return sum(node.get("$ref") == reference for node in _list_objects(self.document))

    def _find_changing_choice(self, place: Place) -> str | None:
        """The first choice of a variant whose patch changes a part of the document, as `variant=choice`."""
        for name, variant in self.document.get("x-variants", {}).items():
            for choice, written in variant["choices"].items():
                node: Any = written.get("patch", {})
                for step in place:
                    node = node.get(step) if isinstance(node, dict) else None
                if node is not None:
                    return f"{name}={choice}"
        return None

    def _confirm_rule(self, difference: Difference) -> str | None:
        for rule in get_node(self.document, self._place(difference))["x-rules"]:
            if rule["id"] == difference.where:
                rule["provenance"] = OBSERVED
                rule["source"] = self._cite(rule["source"], difference)
                return None
        return "the rule stands elsewhere"

    def _confirm_variant(self, difference: Difference) -> str | None:
        name, _, choice = difference.where.partition("=")
        written = self.document.get("x-variants", {}).get(name, {}).get("choices", {}).get(choice)
        if written is None:
            return "every contract has this variant"
        written["provenance"] = OBSERVED
        written["source"] = self._cite(written["source"], difference)
        return None

    def _confirm_default(self, difference: Difference) -> str | None:
        place = self._find_default(difference)
        if place is None:
            return "its schema is not found; say it by hand"
        node = get_node(self.document, place)
        assumed = list(node.get(ASSUMED_KEYWORDS, ()))
        others = [keyword for keyword in BOUNDS if keyword in node and keyword not in assumed]
        if node.get("x-provenance") == ASSUMED:
            assumed += others  # that were assumed with it, and were not seen
        node[ASSUMED_KEYWORDS] = [keyword for keyword in assumed if keyword != "default"]
        if not node[ASSUMED_KEYWORDS]:
            del node[ASSUMED_KEYWORDS]
        self._mark(node, difference)
        return None

    def _find_default(self, difference: Difference) -> Place | None:
        where = difference.where.removesuffix(" default")
        place = self._place(difference)
        if where.startswith("/"):
            body = self._schemas.resolve((*place, "requestBody"))
            (media_type,) = get_node(self.document, body)["content"]
            names = where[1:].split("/")
            return find_property(self._schemas, (*body, "content", media_type, "schema"), names)
        for above in (place[:2], place):
            for index in range(len(get_node(self.document, above).get("parameters", ()))):
                at = self._schemas.resolve((*above, "parameters", index))
                if get_node(self.document, at)["name"] == where.removeprefix("?"):
                    return self._schemas.resolve((*at, "schema"))
        return None

    def _extend_reply(self, difference: Difference) -> str | None:
        status, _, pointer = difference.where.partition(" ")
        response = self._schemas.resolve((*self._place(difference), "responses", status))
        contents: Mapping[str, Any] = get_node(self.document, response).get("content", {})
        names = pointer.partition("=")[0].split("/")[1:]
        for media_type in contents:
            place: Place = (*response, "content", media_type, "schema")
            if difference.about == "property":
                return self._add_property(place, names, difference)
            found = find_property(self._schemas, place, names)
            if found is not None:
                node = get_node(self.document, found)
                return self._add_enum(node, difference) if "=" in pointer else self._add_type(node, difference)
        return "its schema is not found; say it by hand"

    def _add_property(self, place: Place, names: Sequence[str], difference: Difference) -> str | None:
        closed = find_closed_object(self._schemas, find_property(self._schemas, place, names[:-1]))
        kind = _name_simple_type(difference.value)
        if closed is None or kind is None:
            return "an object or an array needs a schema that a person writes"
        get_node(self.document, closed)["properties"][names[-1]] = {
            "description": "Seen in a recording; no page of the vendor has it.",
            "x-provenance": OBSERVED,
            "x-source": self._cite(None, difference),
            "type": kind,
        }
        return None

    def _add_type(self, node: dict[str, Any], difference: Difference) -> str | None:
        kind = "null" if difference.message.startswith("null is not") else _name_simple_type(difference.value)
        written = node.get("type")
        if kind is None or written is None:
            return "an object or an array needs a schema that a person writes"
        kinds = [written] if isinstance(written, str) else list(written)
        if kind in kinds:  # another operation has the same schema, and has shown it
            return None
        node["type"] = [*kinds, kind]
        if "enum" in node and kind == "null":
            node["enum"] = [*node["enum"], None]
        self._mark(node, difference)
        return None

    def _add_enum(self, node: dict[str, Any], difference: Difference) -> str | None:
        if "enum" not in node or isinstance(difference.value, (dict, list)):
            return "it is no enum of one schema; say it by hand"
        if difference.value in node["enum"]:
            return None
        node["enum"] = [*node["enum"], difference.value]
        self._mark(node, difference)
        return None


def _list_objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _list_objects(below)


def _name_simple_type(value: Any) -> str | None:
    """The type of a value; None if a person must write its schema, or if it says nothing of its type."""
    kind = name_type(value)
    return None if kind in ("object", "array", "null") else kind
