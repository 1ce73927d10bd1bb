"""Calls to a server that is no sandbox, outside of the generated cases: to learn its records and to make new ones."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import UNSET

from paysandbox.check.choice import READING
from paysandbox.check.patience import Patience, Reply, Sent
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.subject import Subject
from paysandbox.check.target import Target, TargetCaller
from paysandbox.contract.operation import Operation
from paysandbox.core.problems import Malformed
from paysandbox.testing import Client, Response


class LiveCalls:
    """Calls the operations of a target with its credentials. A target that `reads_only` gets no other calls.

    With `patience`, calls that a rate limit or a gateway answers are sent again.
    """

    def __init__(
        self, subject: Subject, target: Target, builder: RequestBuilder, patience: Patience | None = None
    ) -> None:
        self._subject = subject
        self._target = target
        self._builder = builder
        self._patience = patience
        self._http = TargetCaller(target.url + subject.service.contract.base_path, target.headers)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def call(
        self, operation: Operation, body: Any, path: Mapping[str, Any], query: Mapping[str, Any]
    ) -> Response | None:
        """Call an operation; None if it is not to be called. A body of `...` is none.

        Raises:
            Unreachable: no server answers, or only what stands before the API.
        """
        if self._target.reads_only and operation.method not in READING:
            return None
        headers, credential = self._subject.credential_of(operation, self._target.credentials)
        sent = body if body is ... else self._builder.use_target_credentials(body)
        parts = [credential, urlencode(query, doseq=True, quote_via=quote)]
        replies: list[Response] = []

        def send() -> Reply:
            if self._patience is not None:
                self._patience.check()
            reply = self._http.call(
                operation.method,
                self._subject.path_of(operation, path),
                json=UNSET if sent is ... else sent,
                headers=self._subject.headers_of(operation) | headers,
                query="&".join(filter(None, parts)),
            )
            replies[:] = [reply]
            return Reply(reply.status, reply.headers, reply.status in operation.replies)

        if self._patience is None:
            send()
        else:
            what, reads = f"{operation.method} {operation.template}", operation.method in READING
            self._patience.carry_out(Sent(what, send, reads=reads, is_judged=False))
        return replies[0]


class MemoryCalls:
    """The same for an application in memory."""

    def __init__(self, subject: Subject, target: Target, builder: RequestBuilder) -> None:
        self._subject = subject
        self._target = target
        self._builder = builder

    def call(
        self, operation: Operation, body: Any, path: Mapping[str, Any], query: Mapping[str, Any]
    ) -> Response | None:
        """Call an operation with a body; None if it is not to be called."""
        if self._target.reads_only and operation.method not in READING:
            return None
        headers, credential = self._subject.credential_of(operation, self._target.credentials)
        parts = [credential, urlencode(query, doseq=True, quote_via=quote)]
        sent = {**self._target.headers, **self._subject.headers_of(operation), **headers}
        client = Client(self._target.app, self._subject.root, sent)
        return client.call(
            operation.method,
            self._subject.path_of(operation, path),
            json=self._builder.use_target_credentials(body),
            query="&".join(filter(None, parts)),
        )


def read_reply(reply: Response) -> Any:
    """The JSON value of a reply; None if it has none, whatever its Content-Type says."""
    try:
        return reply.json if reply.is_json else None
    except (ValueError, Malformed):
        return None
