"""The page that opens a recording. The file stays with the browser, which sends it anew for each view."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from paysandbox.control.call_filter import FILTERS, Described
from paysandbox.control.errors import refuse
from paysandbox.control.lookup import get_namespace
from paysandbox.core.problems import NotAllowed
from paysandbox.html.rendering import PAGE, render_template
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Log, Message, UnreadableRecording
from paysandbox.recordings.reading import read_stream
from paysandbox.store.namespaces import DEFAULT
from paysandbox.web.asgi import REQUEST
from paysandbox.web.console.call_page import LONGEST, Body, find_pointers, render_body
from paysandbox.web.console.contract_view.values import make_rule_anchor
from paysandbox.web.console.navigation import REQUESTS, build_navigation
from paysandbox.web.console.opening.again import is_masked, repeat
from paysandbox.web.console.opening.exchanges import OpenedCall
from paysandbox.web.console.opening.listing import Found, find_query_errors, read_found
from paysandbox.web.console.opening.upload import open_upload
from paysandbox.web.console.overview import ROWS, Choice, list_choices
from paysandbox.web.console.parameters import find_problem
from paysandbox.web.console.reading import read_what_is_known
from paysandbox.web.console.record_diff import RecordChange, read_call_changes
from paysandbox.web.console.refusal import accepts_html
from paysandbox.web.console.responses import respond
from paysandbox.web.console.snippets import Again, list_snippets

ADDRESS: Final = "/_sandbox/open"
_SCRIPTS: Final = (PAGE, "web/console/opening/open.js")
_NAME: Final = 100  # letters of a file's name that are shown
_NOT_RECORDED: Final = "It is not in the file, or is longer than a body may be."


class OpenedCallView(Struct, frozen=True):
    """A call of the file, as the page of a call of the journal shows it; see `CallView`."""

    call: Described
    namespace: str
    title: str
    judged: bool
    violations: tuple[tuple[int, Mapping[str, Any]], ...]
    rules: tuple[tuple[str, Mapping[str, Any]], ...]
    sent: Body
    answered: Body
    changes: tuple[RecordChange, ...] | None
    again: Again | None
    is_masked: bool
    is_long: bool
    snippets: tuple[tuple[str, str], ...]

    def anchor(self, rule: str) -> str:
        """Return the anchor of a rule in the docs of the call's operation."""
        return make_rule_anchor(self.call["operation"], rule)


class OpenView(Struct, frozen=True):
    """The page: `found` and one of its calls are None before a file is opened, and without a call in the query."""

    limit: int
    given: Mapping[str, str]
    namespace: str
    choices: tuple[Choice, ...]
    most: int = ROWS[0]
    row_choices: tuple[int, ...] = ROWS
    found: Found | None = None
    call: OpenedCallView | None = None

    @property
    def has_wrong_filter(self) -> bool:
        return self.found is not None and not FILTERS.isdisjoint(self.found.errors)

    @property
    def file(self) -> str:
        """The name of the file."""
        return _find_name(self.given)

    def address(self, **changed: int | None) -> str:
        """Return the address of the same file with other parameters; None leaves one out."""
        query = {name: str(value) for name, value in ({**self.given, **changed}).items() if value}
        return f"{ADDRESS}?{urlencode(query)}" if query else ADDRESS


async def open_page(runtime: Runtime, request: Request) -> Response:
    """Answer a request that was admitted.

    Raises:
        NotFound: the namespace, the provider or the operation does not exist, or the file has no such call.
        NotAllowed: the file is no recording, or a value of the filter is none that a call can have.
        TooLarge: the file is longer than the limit of bodies.
    """
    query = dict(request.query_params)
    namespace = query.get("namespace") or DEFAULT
    found = None
    if request.method == "POST":
        # One file at a time, because a large one takes memory.
        async with request.app.state.opening:
            found = await _read(request, query, runtime)

    def build() -> tuple[OpenView, Any]:
        if namespace != DEFAULT:
            get_namespace(namespace, runtime)
        nav = build_navigation(runtime, REQUESTS, namespace, address=f"{ADDRESS}?namespace={{ns}}")
        return _build_view(found, query, namespace, runtime, request.scope[REQUEST].origin), nav

    view, nav = await read_what_is_known(runtime, build)
    page = render_template("web/console/opening/open.html", scripts=_SCRIPTS, view=view, nav=nav)
    problem = None if found is None else find_problem(found.errors)
    status = 200 if problem is None else refuse(problem, runtime).status
    return respond(request, replace(page, status=status), problem)


async def _read(request: Request, query: Mapping[str, str], runtime: Runtime) -> Found:
    errors = find_query_errors(query, runtime)
    if errors and accepts_html(request):  # the page says it at the field
        return Found(errors=errors)
    for problem in errors.values():
        raise problem
    name = _find_name(query)
    log = Log()
    sent = request.scope[REQUEST]
    if sent.decoding_error is not None:
        raise NotAllowed(sent.decoding_error.message)
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise NotAllowed("the body is a form; send the file itself as the body, as curl --data-binary does")
    stream = open_upload(sent.content, runtime.settings.body_limit, name, log)
    try:
        return await read_found(read_stream(stream, name, log, name=name), log, query, runtime)
    except UnreadableRecording as error:
        raise NotAllowed(str(error)) from None
    except OSError as error:
        raise NotAllowed(f"cannot read {name}: {error.strerror or 'it is damaged'}") from None


def _find_name(query: Mapping[str, str]) -> str:
    return query.get("name", "")[:_NAME] or "the file"


def _build_view(
    found: Found | None, query: Mapping[str, str], namespace: str, runtime: Runtime, origin: str
) -> OpenView:
    names = [one.name for one in runtime.namespaces]
    shown = tuple(dict.fromkeys([DEFAULT, namespace, *names]))
    into = Choice("namespace", "Send again into", namespace, tuple(zip(shown, shown, strict=True)))
    errors = {} if found is None else found.errors
    filters = (one for one in list_choices(runtime, query, errors) if one.name != "namespace")
    opened = None if found is None else found.opened
    return OpenView(
        limit=runtime.settings.body_limit,
        given=query,
        namespace=namespace,
        choices=(*filters, into),
        most=int(query.get("rows") or ROWS[0]) if found is not None and not errors else ROWS[0],
        found=found,
        call=None if opened is None else _build_call(opened, namespace, runtime, origin),
    )


def _build_call(opened: OpenedCall, namespace: str, runtime: Runtime, origin: str) -> OpenedCallView:
    call, exchange = opened.call, opened.exchange
    violations = tuple(enumerate(call["violations"], 1))
    service = None if opened.addressed is None else runtime.services[opened.addressed.provider]
    again = None
    if service is not None and opened.addressed is not None and exchange.request.content is not None:
        again = repeat(opened, opened.addressed, service, namespace, origin)
    snippets: Iterator[tuple[str, str]] = iter(())
    is_long = again is not None and len(again.body or "") > LONGEST
    if again is not None and service is not None and not is_long:
        snippets = list_snippets(again, service.provider.name, exchange.status)
    return OpenedCallView(
        call=call,
        namespace=namespace,
        title="no provider" if service is None else service.contract.title,
        judged=opened.judged,
        violations=violations,
        rules=tuple((make_rule_anchor(call["operation"], rule["id"]), rule) for rule in call["rules"]),
        sent=_render(call["request"]["body"], exchange.request, find_pointers(violations)),
        answered=_render(call["reply"]["body"], exchange.reply),
        changes=None if call["changes"] is None else tuple(read_call_changes(call["changes"])),
        again=again,
        is_masked=again is not None and is_masked(again),
        is_long=is_long,
        snippets=tuple(snippets),
    )


def _render(value: Any, message: Message, violations: Iterable[tuple[int, str]] = ()) -> Body:
    if message.content is None:
        return Body(nothing=_NOT_RECORDED)
    return render_body(value, message.content, violations)
