"""Cases made fit for their target: real ids into what is valid on purpose, credentials into every body."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.check.binding import Binder, plain
from paysandbox.check.judging import is_positive
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.subject import Subject
from paysandbox.check.target import Target
from paysandbox.contract.operation import Operation

NAMESPACE: Final = "ns"  # the path parameter that names one, in the control plane's contract


class RequestBuilder:
    """Binds cases to the fixtures' records, and gives them the target's credentials instead of the fixtures'."""

    def __init__(self, subject: Subject, binder: Binder, target: Target) -> None:
        self._subject = subject
        self._binder = binder
        self._target = target

    def cast(self, operation: Operation, case: AnyCase, *, linked: bool = False, keep_body: bool = False) -> None:
        """Credentials into every body that makes them up well, real ids into a case that is valid on purpose.

        The path of a `linked` case comes from an earlier reply and stays, with `keep_body` its body too.
        """
        if isinstance(case.body, dict):
            case.body = self._binder.with_credentials(operation, case.body)
        if not linked:
            self._at_home(operation, case)
        if is_positive(case) and linked and not keep_body and operation.body is not None:
            case.body = self._binder.with_references(operation, case.body)
        elif is_positive(case) and not linked:
            path, body = self._binder.bound(operation, case.body if operation.body is not None else ...)
            if path:
                case.path_parameters = dict(path)
            if operation.body is not None:
                case.body = body
            if case.query:
                case.query = self._binder.with_query_references(operation, case.query)
        if isinstance(case.body, dict):
            case.body = self._for_target(case.body)

    def example(self, schema: Any, operation: Operation, body: Any) -> AnyCase:
        """A case of a body of our own."""
        path = {one["name"]: one["example"] for one in self._subject.parameters(operation) if one["in"] == "path"}
        of_schema = schema[operation.template][operation.method]
        assert operation.body is not None
        made: AnyCase = of_schema.Case(
            path_parameters=path or None, body=self._for_target(plain(body)), media_type=operation.body.media_type
        )
        return made

    def query_example(self, schema: Any, operation: Operation, credential: Mapping[str, str]) -> AnyCase:
        """A case of what the query must have, in the contract's examples, with a credential of our own."""
        written = [one for one in self._subject.parameters(operation) if one["in"] == "query" and one.get("required")]
        query = {one["name"]: one["example"] for one in written}
        made: AnyCase = schema[operation.template][operation.method].Case(query={**query, **credential})
        return made

    def _at_home(self, operation: Operation, case: AnyCase) -> None:
        """A namespace in the path is the one that the check has to itself, unless it can be none at all."""
        for one in operation.parameters:
            named = (case.path_parameters or {}).get(one.name)
            if (
                self._subject.is_control
                and (one.place, one.name) == ("path", NAMESPACE)
                and one.validator.is_valid(named)
            ):
                case.path_parameters = {**case.path_parameters, one.name: self._subject.namespace}

    def _for_target(self, body: dict[str, Any]) -> dict[str, Any]:
        known = self._subject.credentials
        return {
            name: self._target.credentials.get(name, value) if name in known and value == known[name] else value
            for name, value in body.items()
        }
