"""Cases are sent over one connection, as requests would send them, but without what a machine is set up with."""

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock

import pytest
import requests

from paysandbox.check.checked_schema import load_schema, make_config
from paysandbox.check.transport import LeanTransport
from paysandbox.testing import Response
from tests.system.check.servers import Recording, recording

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/things": {"post": {"responses": {"200": {"description": "ok"}}}}},
}
OK = Response(200, {"content-type": "application/json"}, b'{"made":true}')


@pytest.fixture
def transport() -> Iterator[LeanTransport]:
    with closing(LeanTransport(1)) as made:
        yield made


def send(transport: LeanTransport, url: str, *, probes: bool = False) -> Any:
    """One case, as the engine sends it, or as a check that `probes` does, which has no session."""
    schema = load_schema(dict(DOCUMENT), make_config(url, "all", 1, stateful=False, auth={}, headers={}))
    case = schema["/things"]["POST"].Case(body={"id": "é"}, media_type="application/json", query={"a b": "1&2"})
    if probes:
        return transport.send(case, base_url=url)
    with requests.Session() as session:
        session.headers = {}  # as the engine's are
        return transport.send(case, session=session, base_url=url)


def test_it_sends_what_requests_sends(transport: LeanTransport) -> None:
    """Method, path, query, body and headers; the reply is read as well."""
    seen: list[tuple[Any, ...]] = []

    def answer(*call: Any) -> Response:
        seen.append(call)
        return OK

    with recording(answer) as server:
        reply = send(transport, server.url)
        requests.request(**{**_plain(reply.request), "url": reply.request.url}, timeout=5)
    assert seen[0] == seen[1]
    assert (reply.status_code, reply.json()) == (200, {"made": True})
    assert reply.headers["content-type"] == ["application/json"]


def _plain(request: requests.PreparedRequest) -> dict[str, Any]:
    return {"method": request.method, "data": request.body, "headers": dict(request.headers)}


def count_connections(server: Recording) -> list[Any]:
    """The addresses of clients that connect, from now on."""
    seen: list[Any] = []
    accept = server.get_request

    def get_request() -> Any:
        seen.append(found := accept())
        return found

    server.get_request = get_request  # type: ignore[method-assign]
    return seen


def test_head_and_body_are_sent_at_once(transport: LeanTransport) -> None:
    with (
        recording(lambda *_: OK) as server,
        mock.patch.object(HTTPConnection, "send", autospec=True, side_effect=HTTPConnection.send) as sent,
    ):
        assert send(transport, server.url).status_code == 200
    ((_, whole),) = (call.args for call in sent.call_args_list)
    assert whole.startswith(b"POST /things?")
    assert whole.endswith(b'\r\n\r\n{"id": "\\u00e9"}')


def test_calls_share_a_connection(transport: LeanTransport) -> None:
    with recording(lambda *_: OK) as server:
        connections = count_connections(server)
        for probes in (False, True, False):
            assert send(transport, server.url, probes=probes).status_code == 200
        assert len(connections) == 1
        transport.close()


def test_a_connection_that_the_server_has_closed_is_opened_again() -> None:
    """The server keeps none; each call succeeds."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening, closing(LeanTransport(2)) as transport:

        def serve() -> None:
            for _ in range(2):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert [send(transport, url).status_code for _ in range(2)] == [200, 200]
        thread.join()


@pytest.mark.parametrize(
    ("says", "error"),
    [(b"", requests.ConnectionError), (b"nonsense\r\n\r\n", requests.ConnectionError), (None, requests.Timeout)],
    ids=["closes", "no HTTP", "silence"],
)
def test_a_server_that_does_not_answer_is_an_error_of_requests(says: bytes | None, error: type[Exception]) -> None:
    """The engine knows those, and tells a dead server by them."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening, closing(LeanTransport(1)) as transport:
        kept: list[socket.socket] = []

        def serve() -> None:
            connection, _ = listening.accept()
            kept.append(connection)
            if says is not None:
                connection.recv(65_536)
                connection.sendall(says)
                connection.close()

        thread = Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(error) as raised:
            send(transport, f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()
        kept[0].close()
    assert raised.value.request is not None  # type: ignore[attr-defined]


def test_a_redirect_is_followed(transport: LeanTransport) -> None:
    def answer(_method: str, path: str, *_: Any) -> Response:
        return OK if path.startswith("/other") else Response(307, {"location": "/other"}, b"")

    with recording(answer) as server:
        assert send(transport, server.url).json() == {"made": True}


def test_no_password_of_this_machine_is_sent(transport: LeanTransport, tmp_path: Path, monkeypatch: Any) -> None:
    """Requests takes those of ~/.netrc, in place of the credentials of a case."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with recording(lambda *_: OK) as server:
        send(transport, server.url)
    assert "authorization" not in server.headers


def test_a_proxy_of_the_environment_is_used(transport: LeanTransport, monkeypatch: Any) -> None:
    with recording(lambda *_: OK) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert send(transport, "http://shop.example").status_code == 200
    assert proxy.seen[0][1].startswith("http://shop.example/things")
