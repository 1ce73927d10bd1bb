"""What tests share: a client that calls the application in memory, and a look at the whole state."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from sandbox.app import create_world
from sandbox.documents import read_json, write_json
from sandbox.edge import Edge
from sandbox.namespaces import DEFAULT, Namespaces
from sandbox.world import Settings, World

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


class Response(Struct, frozen=True):
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body; numbers with a fraction are Decimal."""
        return read_json(self.content)

    @property
    def explain(self) -> str:
        """Why the call was refused."""
        return self.headers["x-sandbox-explain"]


class Client:
    """Calls the application in memory, without an event loop: nothing in it ever waits."""

    def __init__(self, world: World, root: str = "", headers: Mapping[str, str] | None = None, query: str = "") -> None:
        self.world = world
        self._app = Edge(world)
        self._root = root
        self._headers = dict(headers or {})
        self._query = query

    def call(  # noqa: PLR0913 - a request has many parts
        self,
        method: str,
        path: str,
        *,
        json: Any = UNSET,
        content: bytes = b"",
        headers: Mapping[str, str | None] | None = None,
        raw_headers: list[tuple[str, str]] | None = None,
        query: str | None = None,
    ) -> Response:
        """One call. `json` sets body and Content-Type; a header of None is left out; `raw_headers` may repeat names."""
        sent: dict[str, str | None] = {"host": "127.0.0.1:4080", **self._headers}
        if json is not UNSET:
            content, sent["content-type"] = write_json(json), "application/json"
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        pairs = [(name, value) for name, value in sent.items() if value is not None] + (raw_headers or [])
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": self._root + path,
            "raw_path": (self._root + path).encode(),
            "query_string": (self._query if query is None else query).encode(),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
            "server": ("127.0.0.1", 4080),
        }
        return _exchanged(self._app, scope, content)

    def post(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """A POST."""
        return self.call("POST", path, json=json, **options)

    def get(self, path: str, **options: Any) -> Response:
        """A GET."""
        return self.call("GET", path, **options)

    def put(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """A PUT."""
        return self.call("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """A PATCH."""
        return self.call("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> Response:
        """A DELETE."""
        return self.call("DELETE", path, **options)


def fresh_world(base: World, settings: Settings | None = None, **variants: str) -> World:
    """A sandbox of its own, with its clock at 2026-03-31T12:00:00Z, over contracts and fixtures read before."""
    origins = base.namespaces.origins
    if variants:
        origins = {name: _with_variants(origin, variants) for name, origin in origins.items()}
    return World(
        services=base.services,
        control=base.control,
        namespaces=Namespaces(origins, time=lambda: NOON),
        settings=settings or base.settings,
        version=base.version,
        time=lambda: NOON,
    )


def dump(world: World, provider: str, namespace: str = DEFAULT) -> dict[str, Any]:
    """Everything that a provider remembers in a namespace, its id counters included."""
    state = world.namespaces.get(namespace).state(provider)
    found: dict[str, Any] = {
        name: [msgspec.to_builtins(record) for record in state.table(name).records()] for name in state.shapes()
    }
    return found | {"(counters)": state.counters()}


@contextmanager
def nothing_changes(client: Client, provider: str) -> Iterator[None]:
    """Check that the block leaves the provider's state exactly as it was."""
    before = dump(client.world, provider)
    yield
    assert dump(client.world, provider) == before


def read_world() -> World:
    """The sandbox as it comes: the repository's contracts and fixtures."""
    return create_world()


def _with_variants(origin: Any, variants: Mapping[str, str]) -> Any:
    return type(origin)(origin.provider, origin.state, origin.bases, {**origin.variants, **variants})


def _exchanged(app: Edge, scope: dict[str, Any], content: bytes) -> Response:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    try:
        app(scope, receive, send).send(None)
    except StopIteration:
        start, body = sent
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Response(start["status"], headers, body["body"])
