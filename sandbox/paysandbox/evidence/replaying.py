"""Replay a recording against a sandbox: its requests with our ids, in its times, and the replies compared."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.control.masking import read_content
from paysandbox.core.exact_json import read_json, write_json
from paysandbox.core.problems import Malformed, Unroutable
from paysandbox.evidence.bindings import Bindings
from paysandbox.evidence.comparing import Mismatch, find_mismatch
from paysandbox.evidence.drift import read_traffic
from paysandbox.judging.differences import Drift
from paysandbox.judging.traffic import Addressed
from paysandbox.judging.verdict_on_request import build_request
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.dispatch import SUCCESSES
from paysandbox.recordings.files import RecordingFile

_CREATED: Final = 201
_NOT_FOUND: Final = 404
_BY_ACCOUNT: Final = frozenset({401, 403, 429})  # whose credentials and limits a replay does not have
_SERVER_ERROR: Final = 500


class Answer(NamedTuple):
    """A reply of the sandbox; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Caller(Protocol):
    """Calls the sandbox; `path` is from the root of the server."""

    def __call__(
        self, method: str, path: str, query: str, headers: Sequence[tuple[str, str]], content: bytes
    ) -> Answer: ...


class NotASandbox(Exception):
    """The server that is called is no sandbox, or refuses to make a namespace."""


class Result(Struct, frozen=True):
    """One exchange replayed: `mismatch` is None if the replies agree. `skipped` says why they are not compared.

    `rules` are the ids of the rules that our call passed through, `refused_by` the one that refused it, `status` is
    ours, `recorded` the vendor's. `is_made` if amounts were compared, because the recording itself has made the record;
    `is_known` if the path names such a record.
    """

    provider: str
    operation: str
    place: str
    mismatch: Mismatch | None = None
    skipped: str | None = None
    rules: tuple[str, ...] = ()
    refused_by: str | None = None
    is_made: bool = False
    status: int | None = None
    recorded: int | None = None
    is_known: bool = False


class Replay(Struct):
    """All results, and what the files have beside them."""

    files: tuple[str, ...]
    results: list[Result] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 all replies agree, 1 some differ, 2 none was compared."""
        if any(result.mismatch is not None for result in self.results):
            return 1
        return 0 if any(result.skipped is None for result in self.results) else 2


def run_replay(
    paths: Sequence[Path | RecordingFile], runtime: Runtime, call: Caller, provider: str | None = None
) -> Replay:
    """Replay all exchanges in a namespace of their own, which is deleted at the end.

    Args:
        paths: recordings.
        runtime: has the contracts.
        call: calls a sandbox that serves them.
        provider: whose API unknown hosts have.

    Raises:
        UnreadableRecording: a file is missing, or is no recording.
        NotASandbox: `call` reaches none.
    """
    drift = Drift(tuple(map(str, paths)))
    found = Replay(drift.files, ignored=drift.ignored, notices=drift.notices)
    found.results = replay_traffic(read_traffic(paths, runtime, provider, drift), runtime, call, found.ignored)
    return found


def replay_traffic(
    traffic: Iterable[Addressed],
    runtime: Runtime,
    call: Caller,
    ignored: Counter[str],
    variants: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Result]:
    """Replay exchanges in a namespace with these variants, which is deleted at the end.

    Raises:
        NotASandbox: `call` reaches none.
    """
    results = []
    sessions: dict[str, _Session] = {}
    namespace = _Namespace(call, variants)
    try:
        for addressed in traffic:
            session = sessions.get(addressed.provider)
            if session is None:
                service = runtime.services[addressed.provider]
                session = sessions[addressed.provider] = _Session(service, namespace, call)
            try:
                operation = session.service.contract.route(addressed.exchange.method, addressed.path)[0]
            except Unroutable:
                ignored[f"no operation of {addressed.provider}"] += 1
                continue
            results.append(session.replay(addressed, operation))
    finally:
        namespace.delete()
    return results


class _Namespace:
    """A namespace made for the replay, with its clock at the times of the recording."""

    def __init__(self, call: Caller, variants: Mapping[str, Mapping[str, str]] | None) -> None:
        self._call = call
        made = self._control("POST", "/namespaces", {} if variants is None else {"variants": variants})
        if made.status != _CREATED:
            raise NotASandbox(f"cannot make a namespace for the replay: the server answers {made.status}")
        self.name: str = read_json(made.content)["name"]

    def set_clock(self, addressed: Addressed) -> None:
        if addressed.exchange.at is not None:
            now = addressed.exchange.at.isoformat().replace("+00:00", "Z")
            self._control("PUT", f"/namespaces/{self.name}/clock", {"now": now, "frozen": True})

    def read_entry(self, request: str) -> Mapping[str, Any]:
        """A call of the journal."""
        found: Mapping[str, Any] = read_json(
            self._control("GET", f"/namespaces/{self.name}/requests/{quote(request)}").content
        )
        return found

    def delete(self) -> None:
        self._control("DELETE", f"/namespaces/{self.name}")

    def _control(self, method: str, path: str, body: Any = None) -> Answer:
        content = b"" if body is None else write_json(body)
        headers = [] if body is None else [("content-type", "application/json")]
        return self._call(method, f"/_sandbox{path}", "", headers, content)


class _Session:
    """Replays the exchanges of one provider."""

    def __init__(self, service: Service, namespace: _Namespace, call: Caller) -> None:
        self.service = service
        self._namespace = namespace
        self._call = call
        self._bindings = Bindings(service.credentials)

    def replay(self, addressed: Addressed, operation: Operation) -> Result:
        exchange = addressed.exchange
        result = Result(addressed.provider, operation.id, str(exchange.place))
        status = exchange.status
        assert status is not None
        if exchange.request.content is None:
            return _skip(result, "the body of the request was not recorded")
        if status in _BY_ACCOUNT or status >= _SERVER_ERROR:
            return _skip(result, f"the vendor answered {status}, which its account or its servers decide")
        is_known = self._bindings.knows(addressed.path)
        self._namespace.set_clock(addressed)
        answer = self._send(addressed, operation)
        recorded, ours = read_content(exchange.reply.content).value, read_content(answer.content).value
        is_made = exchange.method != "GET" or is_known
        rules, refused_by = self._read_rules(answer)
        by_state = answer.status == _NOT_FOUND or answer.headers.get("x-sandbox-reason") == "state"
        if status in SUCCESSES and answer.status not in SUCCESSES and by_state and not is_known:
            return _skip(result, "it needs records that the recording does not make")
        mismatch = _compare(status, answer, recorded, ours, is_made=is_made)
        if status in SUCCESSES and answer.status in SUCCESSES:
            self._bindings.learn(recorded, ours)
        return replace(
            result,
            mismatch=mismatch,
            rules=rules,
            refused_by=refused_by,
            is_made=is_made,
            status=answer.status,
            recorded=status,
            is_known=is_known,
        )

    def _send(self, addressed: Addressed, operation: Operation) -> Answer:
        """Our reply to the request, with our ids and a test credential."""
        scheme = operation.scheme
        known = self.service.credentials
        credential = "" if scheme is None else known.get(scheme.choose_name(known), "")
        request = build_request(addressed, operation, credential)
        content = self._bind_content(request.content or b"")
        path = self._bindings.bind_path(request.path)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers
            if name not in (b"host", b"content-length", b"connection", b"accept-encoding", b"transfer-encoding")
        ]
        root = f"/ns/{self._namespace.name}/{self.service.prefix}"
        return self._call(request.method, root + path, self._bindings.bind_query(request.query), headers, content)

    def _bind_content(self, content: bytes) -> bytes:
        try:
            body = self._bindings.bind_body(read_json(content))
        except Malformed:
            return content
        name = self.service.provider.body_credential
        if name is not None and isinstance(body, dict) and name in body and name in self.service.credentials:
            body = {**body, name: self.service.credentials[name]}
        return write_json(body)

    def _read_rules(self, answer: Answer) -> tuple[tuple[str, ...], str | None]:
        request = answer.headers.get("x-sandbox-request")
        if request is None:
            return (), None
        entry = self._namespace.read_entry(request)
        rules = tuple(rule["id"] for rule in entry.get("rules", ()))
        is_by_rule = entry.get("refused") and all("rule" in one for one in entry.get("violations", ()))
        return rules, (rules[-1] if rules and is_by_rule else None)


def _skip(result: Result, reason: str) -> Result:
    return replace(result, skipped=reason)


def _compare(status: int, answer: Answer, recorded: Any, ours: Any, *, is_made: bool) -> Mismatch | None:
    if status != answer.status:
        why = answer.headers.get("x-sandbox-explain", "")
        return Mismatch(
            "status", "", f"the vendor answered {status}, ours is {answer.status}{f': {why}' if why else ''}"
        )
    return find_mismatch(recorded, ours, is_made=is_made)
