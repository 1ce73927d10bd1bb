"""The view of the start page: the latest calls that pass a filter, and the providers."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from paysandbox.control.call_feed import CallFeed
from paysandbox.control.call_filter import FILTERS, Described, find_errors, read_filter
from paysandbox.control.lookup import get_namespace
from paysandbox.core.problems import NotAllowed, Problem
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT
from paysandbox.web.console.contract_view.values import make_rule_anchor
from paysandbox.web.console.har_download import FILE
from paysandbox.web.console.parameters import Parameters, find_problem

ROWS: Final = (20, 50, 200, 1000)  # to choose from; the first is shown without a choice


class ProviderCard(Struct, frozen=True):
    """A provider: its URL here, the same with the base path of its API, and its test credentials."""

    name: str
    title: str
    summary: str
    url: str
    base_url: str
    credentials: Mapping[str, str]
    operations: int
    counts: Mapping[str, int]


class Row(Struct, frozen=True):
    """A call, masked as in the journal. `rules` has anchor and id of each rule that it passed through."""

    call: Described
    rules: tuple[tuple[str, str], ...]


class Choice(Struct, frozen=True):
    """A filter of the list: its options with their labels; without options a free text. `error` says what is wrong."""

    name: str
    label: str
    given: str
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""


class Overview(Struct, frozen=True):
    """The sandbox at a glance.

    `rows` are the latest of `calls` calls that pass the filter, newest first, `most` of them at most; `stream` is the
    address of the calls after them, and `download` that of all that pass, as a file. With a wrong filter no call is
    listed, and there is no stream; `errors` are those of other parameters. The first of both is the `problem`.
    """

    version: str
    url: str
    store: str
    store_state: str  # what is wrong with the store; empty if nothing is
    namespace: str
    providers: tuple[ProviderCard, ...]
    rows: tuple[Row, ...]
    calls: int
    stream: str | None
    download: str
    choices: tuple[Choice, ...]
    most: int
    errors: Mapping[str, Problem]
    problem: Problem | None
    row_choices: tuple[int, ...] = ROWS

    @property
    def is_filtered(self) -> bool:
        """Whether a filter beside the namespace is given."""
        return any(choice.given for choice in self.choices if choice.name != "namespace")


def build_overview(runtime: Runtime, origin: str, query: Mapping[str, str]) -> Overview:
    """Build the view of the start page for a browser that came by `origin`; unknown parameters are ignored.

    Raises:
        NotFound: the namespace of the filter does not exist.
    """
    given = {name: value for name, value in query.items() if name in FILTERS and value}
    namespace = given.get("namespace")
    if namespace is not None:
        get_namespace(namespace, runtime)
    parameters = Parameters(query)
    most = int(parameters.read("rows", check_rows, ROWS[0]))
    errors = find_errors(given, runtime)
    right = {name: value for name, value in given.items() if name not in errors}
    feed = CallFeed(runtime)
    found = () if errors else feed.list_latest(read_filter(given, namespace, runtime), most).calls
    return Overview(
        version=runtime.version,
        url=origin,
        store=runtime.store_name,
        store_state=_describe_condition(runtime),
        namespace=namespace or DEFAULT,
        providers=tuple(_describe_provider(service, runtime, origin) for service in runtime.services.values()),
        rows=tuple(describe_row(call.summary) for call in reversed(found)),
        calls=sum(one.requests for one in runtime.namespaces if namespace in {None, one.name}),
        stream=None if errors else _make_stream(feed.mark_latest(), given, most),
        download=f"/_sandbox/{FILE}{f'?{urlencode(right)}' if right else ''}",
        choices=tuple(list_choices(runtime, given, errors)),
        most=most,
        errors=parameters.errors,
        problem=find_problem(errors | parameters.errors),
    )


def _describe_condition(runtime: Runtime) -> str:
    condition = None if runtime.replication is None else runtime.replication.condition
    if condition is None or condition.refusal is None:
        return ""
    return f"which {'takes no changes' if condition.answers else 'does not answer'}: {condition.refusal.reason}"


def _describe_provider(service: Service, runtime: Runtime, origin: str) -> ProviderCard:
    contract, name = service.contract, service.provider.name
    return ProviderCard(
        name=name,
        title=contract.title,
        summary=contract.document["info"].get("summary", ""),
        url=runtime.url(name, origin),
        base_url=runtime.url(name, origin) + contract.base_path,
        credentials=service.credentials,
        operations=len(contract.operations),
        counts=contract.provenance,
    )


def describe_row(call: Described) -> Row:
    """Describe a call in a list."""
    rules = (rule["id"] for rule in call["rules"])
    return Row(call, tuple((make_rule_anchor(call["operation"], rule), rule) for rule in rules))


def list_choices(
    runtime: Runtime, given: Mapping[str, str], errors: Mapping[str, Problem] | None = None
) -> Iterator[Choice]:
    """Yield the filters of a list of calls, with what is given of them, and what is wrong with it."""
    names = [namespace.name for namespace in runtime.namespaces]
    titles = [(name, service.contract.title) for name, service in runtime.services.items()]
    for name, label, options in (
        ("namespace", "Namespace", [("", "all"), *zip(names, names, strict=True)]),
        ("provider", "Provider", [("", "all"), *titles]),
        ("refused", "Refused", [("", "or not"), ("true", "refused"), ("false", "not refused")]),
        ("advised", "Advice", [("", "or none"), ("true", "with advice"), ("false", "without advice")]),
        ("status", "Status", []),
        ("operation", "Operation", []),
        ("rule", "Rule", []),
        ("text", "Text in request or reply", []),
    ):
        error = str((errors or {}).get(name, ""))
        yield Choice(name, label, given.get(name, ""), tuple(options), error)


def check_rows(given: str) -> None:
    """Check how many calls a list shows.

    Raises:
        NotAllowed: it is no number to choose.
    """
    if given not in map(str, ROWS):
        raise NotAllowed(f"rows is {given[:20]!r}; it is one of {', '.join(map(str, ROWS))}", at="?rows")


def _make_stream(latest: str | None, given: Mapping[str, str], most: int) -> str:
    """Make the address of the stream that goes on after the latest call, whether or not that passes the filter."""
    query = {name: value for name, value in given.items() if name != "namespace"}
    after = {"latest": str(most)} if latest is None else {"after": latest}
    where = f"/namespaces/{given['namespace']}" if "namespace" in given else ""
    return f"/_sandbox{where}/stream?{urlencode(query | after)}"
