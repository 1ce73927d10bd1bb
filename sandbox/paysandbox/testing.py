"""A client that calls the application in memory, without a socket and without an event loop."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct

from paysandbox.app import Sandbox
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.kit.runtime import Runtime


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
    def is_json(self) -> bool:
        """Whether it has a body that is JSON."""
        return self.headers.get("content-type", "").endswith("json")

    @property
    def explain(self) -> str:
        """Why the call was refused."""
        return self.headers["x-sandbox-explain"]


class Client:
    """Calls the application in memory, without an event loop: nothing in it ever waits."""

    def __init__(
        self, runtime: Runtime, root: str = "", headers: Mapping[str, str] | None = None, query: str = ""
    ) -> None:
        self.runtime = runtime
        self._app = Sandbox(runtime)
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


def _exchanged(app: Sandbox, scope: dict[str, Any], content: bytes) -> Response:
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
