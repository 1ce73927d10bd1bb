"""Test client: calls the sandbox in memory, without a socket and without an event loop.

client = Client()
reply = client.get("/_sandbox/health")
assert (reply.status, reply.json["status"]) == (200, "ok")
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct

from paysandbox.app import Sandbox, create_app
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.kit.runtime import Runtime


class Response(Struct, frozen=True):
    """An HTTP response. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The body as a JSON value; numbers with a fraction are Decimal.

        Raises:
            ValueError: the body is not JSON.
        """
        return read_json(self.content)

    @property
    def is_json(self) -> bool:
        """Whether the Content-Type is JSON, problem documents included."""
        return self.headers.get("content-type", "").partition(";")[0].rstrip().endswith("json")

    @property
    def explain(self) -> str:
        """Why the call was refused.

        Raises:
            KeyError: the call was not refused.
        """
        return self.headers["x-sandbox-explain"]


class Client:
    """Calls a sandbox in memory.

    Faults that delay or drop a reply need an event loop and a connection: use `paysandbox.Server` for those.

    Args:
        app: what `paysandbox.create_app()` returns; None makes a new sandbox of the packaged contracts and fixtures.
        root: prefix of every path, such as `/invoicexpress` or `/ns/mine/invoicexpress`.
        headers: sent with every call, such as a credential.
        query: query string of every call that has none of its own.

    Raises:
        StartupError: contracts or fixtures cannot be used.
    """

    def __init__(
        self,
        app: Sandbox | Runtime | None = None,
        root: str = "",
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> None:
        self._app = Sandbox(app) if isinstance(app, Runtime) else app or create_app()
        self.runtime: Runtime = self._app.state.runtime
        self._root = root
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}
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
        """Call the sandbox.

        Args:
            method: the HTTP method.
            path: what follows `root`, percent-encoded, without a query.
            json: a JSON value, sent with Content-Type application/json.
            content: the body, where `json` is not given.
            headers: added to those of the client; None leaves a header out.
            raw_headers: further headers, whose names may be repeated.
            query: the query string, instead of the client's.
        """
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
        return _exchange(self._app, scope, content)

    def post(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """Call with POST; see `call`."""
        return self.call("POST", path, json=json, **options)

    def get(self, path: str, **options: Any) -> Response:
        """Call with GET; see `call`."""
        return self.call("GET", path, **options)

    def put(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """Call with PUT; see `call`."""
        return self.call("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """Call with PATCH; see `call`."""
        return self.call("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> Response:
        """Call with DELETE; see `call`."""
        return self.call("DELETE", path, **options)


def _exchange(app: Sandbox, scope: dict[str, Any], content: bytes) -> Response:
    # Nothing in the application waits, so one step of its coroutine is the whole call.
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
