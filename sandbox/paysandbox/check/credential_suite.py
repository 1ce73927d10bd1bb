"""Call operations without the credential, where HTTP's status does not say that it is missing."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from schemathesis.core.transport import Response

from paysandbox.check import own_checks
from paysandbox.check.own_checks import AnyCase, CheckFailure
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.subject import Subject
from paysandbox.check.verdicts import VerdictRecorder
from paysandbox.contract.credentials import Scheme
from paysandbox.contract.operation import Operation

OK: Final = 200


class CredentialSuite:
    """body_token_enforced: no example succeeds without the credential in its body, or with a wrong one.

    query_token_enforced, header_token_enforced: the same for one there that only an envelope refuses.
    """

    def __init__(
        self,
        subject: Subject,
        builder: RequestBuilder,
        recorder: VerdictRecorder,
        send: Callable[[AnyCase], Response],
    ) -> None:
        self._subject = subject
        self._builder = builder
        self._recorder = recorder
        self._send = send

    def run(self, schema: Any, operations: Sequence[Operation]) -> None:
        """Try all of the operations; `schema` makes their cases."""
        member = self._subject.service.provider.body_credential
        for operation in operations:
            if operation.scheme is not None and self._subject.envelope(operation, OK):
                self._check_scheme(schema, operation, operation.scheme)
        for operation in operations if member is not None else ():
            for body in self._subject.examples(operation).values():
                for wrong in ({member: "made-up"}, {member: ""}, {member: None}, {member: ["made-up"]}, {}):
                    if member in body:
                        rest = {name: value for name, value in body.items() if name != member}
                        case = self._builder.build_example(schema, operation, rest | wrong)
                        says = f": {str(rest | wrong)[:300]}"
                        self._check(operation, case, "body_token_enforced", says)

    def _check_scheme(self, schema: Any, operation: Operation, scheme: Scheme) -> None:
        name = "query_token_enforced" if scheme.place == "query" else "header_token_enforced"
        for credential in ({}, {scheme.name: ""}, {scheme.name: scheme.write("made-up")}):
            case = self._builder.build_credential_example(schema, operation, scheme, credential)
            self._check(operation, case, name)

    def _check(self, operation: Operation, case: AnyCase, name: str, which: str = "") -> None:
        reply = self._send(case)
        self._recorder.count(name)
        if self._subject.is_success(operation, reply.status_code, own_checks.read_body(reply)):
            says = f"a call without its credential succeeds{which}"
            failure = CheckFailure(name, says, own_checks.cite_contract(operation, reply.status_code))
            self._recorder.add_failure(failure, case, None, reply, "credentials")
