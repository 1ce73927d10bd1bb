"""The JSON door: whole calls in memory, with bodies, queries, paths and headers that are almost valid."""

from random import Random
from typing import Any, Final
from urllib.parse import quote

from msgspec import UNSET, Struct

from paysandbox.core.exact_json import read_json, write_json
from paysandbox.core.problems import Malformed
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, FIXTURES
from paysandbox.testing import Client, Response
from tests.conformance.second_validator.plugin import Plugin
from tests.conformance.second_validator.readers import Unreadable, read
from tests.helpers.observers import observe_exchanges
from tests.helpers.runtimes import broken_invariants
from tests.helpers.valid_calls import ValidCall, operations, valid_call
from tools.fuzz.mutations import ODD_VALUES, changed_bytes, json_body
from tools.fuzz.tally import MIB, Finding, Tally

TOLD: Final = 300


class Sent(Struct, frozen=True):
    """One request as it goes into the application."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    content: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path[:TOLD]}?{self.query[:TOLD]} {self.headers} {self.content[:TOLD]!r}"


class JsonDoor:
    """Calls to every operation of every provider; each begins on fresh fixtures."""

    name = "json"
    pid = "self"
    growth = 96 * MIB  # the journals may take 64

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._client = Client(runtime)
        self._calls = [valid_call(runtime, provider, operation) for provider, operation in operations(runtime)]

    def case(self, dice: Random, tally: Tally) -> None:
        """One call, and all that must hold after it.

        Raises:
            Finding: something does not.
        """
        call = dice.choice(self._calls)
        sent = hostile(dice, call)
        namespace = self._runtime.namespaces.get(DEFAULT)
        namespace.reset()
        agree(sent.content)
        reply = judged(self._client, sent, tally)
        if not call.carried_out(reply, self._runtime):
            if namespace.diff(FIXTURES):
                raise Finding(f"refused with {reply.status}, and something has changed: {sent}")
        elif broken_invariants(self._runtime):
            raise Finding(f"{broken_invariants(self._runtime)} after {sent}")

    def check(self, tally: Tally) -> None:
        """Each case has been checked by itself."""


def hostile(dice: Random, call: ValidCall) -> Sent:
    """A call with its body changed, or something else of it."""
    query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in call.parameters.items())
    content = b"" if call.body is UNSET else write_json(call.body)
    headers = dict(call.headers) | ({"content-type": "application/json"} if content else {})
    path = call.path
    if content and dice.random() < 0.8:
        content = json_body(dice, call.body)
    else:
        match dice.choice(("query", "path", "header", "content")):
            case "query":
                query = changed_text(dice, query)
                query += f"&{dice.choice(('a', 'page', 'limit', 'from', 'status', 'x-' * 9))}={odd_text(dice)}"
            case "path":
                kept = path.rpartition("/")
                path = f"{kept[0]}/{odd_text(dice) if dice.random() < 0.5 else changed_text(dice, kept[2])}"
            case "header":
                name = dice.choice((*headers, "content-type", "accept", "prefer", "if-match", "host", "x"))
                headers[name] = changed_bytes(dice, headers.get(name, "a").encode()).decode("latin-1")
            case _:
                content = changed_bytes(dice, content)
    return Sent(call.operation.method, path, query, headers, content)


def changed_text(dice: Random, text: str) -> str:
    """A part of an address, changed; it stays ASCII, as a server's parser asks."""
    return quote(changed_bytes(dice, text.encode()), safe="/&=%~+;:@!$,")


def odd_text(dice: Random) -> str:
    """Something odd as it stands in an address."""
    return quote(str(dice.choice(ODD_VALUES)), safe="")[:3000]


def judged(client: Client, sent: Sent, tally: Tally) -> Response:
    """Make a call, with a second verdict on it and on its reply, and count it.

    Raises:
        Finding: it is answered with an exception or a failure of the server, or a verdict differs.
    """
    plugin = Plugin()
    with tally.timed(), observe_exchanges(plugin.observe):
        reply = exchange(client, sent)
    tally.status(reply.status)
    if plugin.judges.findings:
        raise Finding(f"{plugin.judges.findings[0]} for {sent}")
    return reply


def exchange(client: Client, sent: Sent) -> Response:
    """Make a call.

    Raises:
        Finding: it is answered with an exception or a failure of the server.
    """
    try:
        reply = client.call(sent.method, sent.path, content=sent.content, headers={**sent.headers}, query=sent.query)
    except Exception as error:
        raise Finding(f"{type(error).__name__}: {error} for {sent}") from error
    if reply.status >= 500:
        raise Finding(f"{reply.status} {reply.content[:TOLD]!r} for {sent}")
    return reply


def agree(content: bytes) -> None:
    """Read a body as the sandbox does, and once more.

    Raises:
        Finding: one takes what the other does not, or they read different values.
    """
    ours: Any = None
    try:
        ours = [read_json(content)]
    except Malformed:
        ours = None
    except Exception as error:
        raise Finding(f"read_json: {type(error).__name__}: {error} for {content[:TOLD]!r}") from error
    try:
        theirs = [read(content)]
    except Unreadable:
        theirs = None
    if ours != theirs:
        raise Finding(f"two readers disagree about {content[:TOLD]!r}")
