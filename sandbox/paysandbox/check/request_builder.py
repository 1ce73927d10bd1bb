"""Adapt generated cases to their target: real ids for valid cases, the target's credentials for all."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from schemathesis.core import NotSet

from paysandbox.check.binding import Binder, to_plain_json
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.subject import Subject
from paysandbox.check.target import Target
from paysandbox.check.verdicts import is_positive
from paysandbox.contract.credentials import Scheme
from paysandbox.contract.operation import Operation

NAMESPACE: Final = "ns"  # path parameter of the control plane's contract


class RequestBuilder:
    """Adapts cases to the records of the fixtures and the credentials of the target."""

    def __init__(self, subject: Subject, binder: Binder, target: Target) -> None:
        self._subject = subject
        self._binder = binder
        self._target = target

    def adapt(self, operation: Operation, case: AnyCase, *, linked: bool = False, keep_body: bool = False) -> None:
        """Put real ids into a valid case, and credentials into the body of any case.

        A `linked` case keeps its path, which comes from an earlier reply, and with `keep_body` its body too.
        """
        if isinstance(case.body, dict):
            case.body = self._binder.fill_credentials(operation, case.body)
        if not linked:
            self._use_own_namespace(operation, case)
        has_body = operation.body is not None and not isinstance(case.body, NotSet)
        if is_positive(case) and linked and not keep_body and has_body:
            case.body = self._binder.fill_references(operation, case.body)
        elif is_positive(case) and not linked:
            path, body = self._binder.bind(operation, case.body if has_body else ...)
            if path:
                case.path_parameters = dict(path)
            if has_body:
                case.body = body
            if case.query:
                case.query = {**case.query, **self._binder.bind_parameters(operation, "query", case.query)}
            if case.headers:
                case.headers.update(self._binder.bind_parameters(operation, "header", case.headers))
        if isinstance(case.body, dict):
            case.body = self.use_target_credentials(case.body)

    def build_call(
        self, schema: Any, operation: Operation, path: Mapping[str, Any], query: Mapping[str, Any], body: Any
    ) -> AnyCase:
        """A case of a call as it was made; a body of `...` is none."""
        sent = (
            {}
            if body is ... or operation.body is None
            else {
                "body": self.use_target_credentials(to_plain_json(body)),
                "media_type": operation.body.media_type,
            }
        )
        headers, credential = self._subject.credential_of(operation, self._target.credentials)
        made: AnyCase = schema[operation.template][operation.method].Case(
            path_parameters=dict(path) or None, headers=headers, query={**dict(parse_qsl(credential)), **query}, **sent
        )
        return made

    def build_example(self, schema: Any, operation: Operation, body: Any) -> AnyCase:
        path = {
            parameter["name"]: parameter["example"]
            for parameter in self._subject.parameters(operation)
            if parameter["in"] == "path"
        }
        of_schema = schema[operation.template][operation.method]
        assert operation.body is not None
        made: AnyCase = of_schema.Case(
            path_parameters=path or None,
            body=self.use_target_credentials(to_plain_json(body)),
            media_type=operation.body.media_type,
        )
        return made

    def build_credential_example(
        self, schema: Any, operation: Operation, scheme: Scheme, credential: Mapping[str, str]
    ) -> AnyCase:
        """A case with the required query parameters, as in the contract's examples, and this credential."""
        required = [
            parameter
            for parameter in self._subject.parameters(operation)
            if parameter["in"] == "query" and parameter.get("required")
        ]
        query = {parameter["name"]: parameter["example"] for parameter in required}
        if scheme.place == "query":
            query |= credential
        headers = {} if scheme.place == "query" else dict(credential)
        made: AnyCase = schema[operation.template][operation.method].Case(query=query, headers=headers)
        return made

    def _use_own_namespace(self, operation: Operation, case: AnyCase) -> None:
        """Replace a valid namespace in the path by the check's own."""
        for parameter in operation.parameters:
            named = (case.path_parameters or {}).get(parameter.name)
            if (
                self._subject.is_control
                and (parameter.place, parameter.name) == ("path", NAMESPACE)
                and parameter.validator.is_valid(named)
            ):
                case.path_parameters = {**case.path_parameters, parameter.name: self._subject.namespace}

    def use_target_credentials(self, body: Any) -> Any:
        """A body with the target's credentials in place of the fixtures'; one that is no object has none."""
        if not isinstance(body, dict):
            return body
        known = self._subject.credentials
        return {
            name: self._target.credentials.get(name, value) if name in known and value == known[name] else value
            for name, value in body.items()
        }
