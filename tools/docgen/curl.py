"""A call as a shell command."""

import shlex
from urllib.parse import quote

from msgspec import UNSET

from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import JSON_TYPE
from paysandbox.kit.runtime import Runtime
from tests.helpers.valid_calls import ValidCall, valid_call

HERE = "http://127.0.0.1:4080"


def example_call(runtime: Runtime, provider: str, operation: Operation) -> str | None:
    """A valid call of an operation, from its contract's own example; None if the contract has none for its body."""
    if operation.body is not None and not Subject(provider, runtime).examples(operation):
        return None
    return as_curl(valid_call(runtime, provider, operation))


def as_curl(call: ValidCall) -> str:
    """A call to the sandbox where it listens by default."""
    # curl refuses a space in a URL; what needs no escape stays readable.
    query = "&".join(
        f"{quote(name, safe='[]')}={quote(value, safe='=~:/,')}" for name, value in call.parameters.items()
    )
    url = f"{HERE}{call.path}{f'?{query}' if query else ''}"
    method = "" if call.operation.method == "GET" else f"-X {call.operation.method} "
    parts = [f"curl {method}{_quoted(url)}"]
    headers = dict(call.headers) if call.body is UNSET else {**call.headers, "content-type": JSON_TYPE}
    parts += [f"  --header {_quoted(f'{name}: {value}')}" for name, value in headers.items()]
    if call.body is not UNSET:
        parts.append(f"  --data {_quoted(write_json(call.body).decode())}")
    return " \\\n".join(parts)


def _quoted(text: str) -> str:
    quoted = shlex.quote(text)
    return quoted if quoted.startswith("'") else f"'{text}'"
