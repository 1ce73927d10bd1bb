"""Which calls a list or a stream of them is to have."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.control.lookup import get_namespace, get_service
from paysandbox.core.exact_json import write_json
from paysandbox.core.problems import NotAllowed, NotFound, Problem
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry

_NEAR: Final = 5  # names that are near to an unknown one
_LISTED: Final = 200
_TRUTH: Final = {"true": True, "false": False}

Described = Mapping[str, Any]  # a call as `journal_view` describes it


class CallFilter(Struct, frozen=True):
    """Which calls are wanted; None accepts all.

    `advised` are calls with advice, `rule` is one that a call passed through or broke, `text` is looked for in request
    and reply, in any case of its letters.
    """

    namespace: str | None = None
    provider: str | None = None
    operation: str | None = None
    status: int | None = None
    refused: bool | None = None
    advised: bool | None = None
    rule: str | None = None
    text: str | None = None

    def accepts_entry(self, namespace: str, entry: Entry) -> bool:
        """Tell whether a call is wanted, as far as its entry tells, which is cheap."""
        return (
            self.namespace in {None, namespace}
            and self.provider in {None, entry.provider}
            and self.operation in {None, entry.operation}
            and self.status in {None, entry.status}
            and self.refused in {None, entry.refusal is not None}
        )

    def accepts(self, call: Described) -> bool:
        """Tell whether a call without an entry is wanted."""
        names = ("provider", "operation", "status", "refused")
        return all(getattr(self, name) in {None, call[name]} for name in names) and self.accepts_described(call)

    def accepts_described(self, call: Described) -> bool:
        """Tell whether a call whose entry is accepted is wanted."""
        return self.accepts_summary(call) and self.finds_text(call)

    def accepts_summary(self, call: Described) -> bool:
        """Tell whether a call whose entry is accepted may be wanted, without looking for the text."""
        return self.advised in {None, bool(call["advice"])} and (self.rule is None or self.rule in _list_rules(call))

    def finds_text(self, call: Described) -> bool:
        """Tell whether a call, with its headers and bodies, has the text."""
        return self.text is None or self.text.lower() in write_json(call).decode().lower()


FILTERS: Final = frozenset(CallFilter.__struct_fields__)  # the names of their query parameters


def read_filter(query: Mapping[str, str], namespace: str | None, runtime: Runtime) -> CallFilter:
    """Read a filter from query parameters, all of which are optional.

    Raises:
        NotFound: the namespace, the provider, the operation or the rule does not exist.
        NotAllowed: a value is none that a call can have.
    """
    if namespace is not None:
        get_namespace(namespace, runtime, at="?namespace")
    check_names(query.get("provider"), query.get("operation"), runtime)
    if "rule" in query:
        _check_rule(query["rule"], query.get("provider"), runtime)
    return CallFilter(
        namespace=namespace,
        provider=query.get("provider"),
        operation=query.get("operation"),
        status=read_number(query, "status", 100, 599) if "status" in query else None,
        refused=read_truth(query, "refused"),
        advised=read_truth(query, "advised"),
        rule=query.get("rule"),
        text=query.get("text"),
    )


def find_errors(query: Mapping[str, str], runtime: Runtime) -> dict[str, Problem]:
    """Find what is wrong with each parameter of a filter, by name; others are read without a wrong provider."""
    found: dict[str, Problem] = {}
    for name in sorted(query, key=lambda name: name != "provider"):
        others = {"provider": query["provider"]} if "provider" in query and "provider" not in found else {}
        try:
            read_filter(others | {name: query[name]}, query[name] if name == "namespace" else None, runtime)
        except Problem as problem:
            found[name] = problem
    return found


def check_names(provider: str | None, operation: str | None, runtime: Runtime) -> None:
    """Refuse unknown names, because their lists would always be empty.

    Raises:
        NotFound: the provider or the operation does not exist.
    """
    services = list(runtime.services.values()) if provider is None else [get_service(provider, runtime, at="?provider")]
    if operation is None:
        return  # and no contract is read
    known = list(dict.fromkeys(entry.id for service in services for entry in service.contract.operations))
    if operation not in known:
        whose = "no provider has" if provider is None else f"{provider} does not have"
        raise NotFound(f"{whose} an operation {operation[:100]!r}; {_list_near(operation, known)}", at="?operation")


def _check_rule(rule: str, provider: str | None, runtime: Runtime) -> None:
    """Refuse a rule that no contract has."""
    services = list(runtime.services.values()) if provider is None else [get_service(provider, runtime, at="?provider")]
    known: dict[str, None] = {}
    for service in services:
        # As written, because the operations read theirs with their first call only.
        for item in service.contract.document["paths"].values():
            operations = (operation for operation in item.values() if isinstance(operation, dict))
            known |= {one["id"]: None for operation in operations for one in operation.get("x-rules", ())}
    if rule not in known:
        whose = "no provider has" if provider is None else f"{provider} does not have"
        raise NotFound(f"{whose} a rule {rule[:100]!r}; {_list_near(rule, list(known))}", at="?rule")


def _list_near(name: str, known: Sequence[str]) -> str:
    """List the names that are probably meant; all if there are few, or none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only an unknown name asks for it

    sought = name.lower()
    having = [one for one in known if sought in one.lower()]
    near = list(dict.fromkeys([*having, *get_close_matches(name[:100], known, n=_NEAR, cutoff=0.5)]))[:_NEAR]
    if near and len(known) > _NEAR:
        return f"near it {'is' if len(near) == 1 else 'are'} {', '.join(near)}"
    return f"there are {', '.join(known[:_LISTED])}{' …' if len(known) > _LISTED else ''}"


def read_number(query: Mapping[str, str], name: str, least: int, most: int) -> int:
    """Read a whole number from a query; the least if it is not given.

    Raises:
        NotAllowed: it is no number within these bounds.
    """
    value = query.get(name, str(least))
    if not re.fullmatch("[0-9]{1,9}", value, re.ASCII) or not least <= int(value) <= most:
        raise NotAllowed(f"{name} is {value[:20]!r}; it is a number from {least} to {most}", at=f"?{name}")
    return int(value)


def read_truth(query: Mapping[str, str], name: str) -> bool | None:
    """Read true or false from a query; None if it is not given.

    Raises:
        NotAllowed: it is neither.
    """
    value = query.get(name)
    if value is None:
        return None
    if value not in _TRUTH:
        raise NotAllowed(f"{name} is {value[:20]!r}; it is true or false", at=f"?{name}")
    return _TRUTH[value]


def _list_rules(call: Described) -> set[str]:
    """The ids of the rules that a call passed through or broke."""
    broken = {violation["rule"] for violation in call["violations"] if "rule" in violation}
    return broken | {rule["id"] for rule in call["rules"]}
