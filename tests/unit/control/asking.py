"""What the tests of the control plane share: a refusal is a problem document that says what would be right."""

from typing import Any

import msgspec

from paysandbox.core.messages import PROBLEM_TYPE
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Response, dump

ROOT = "/_sandbox/namespaces"


def check_problem(response: Response, status: int, *says: str) -> None:
    """A problem document (RFC 9457) with these words in its detail."""
    assert (response.status, response.headers["content-type"]) == (status, PROBLEM_TYPE)
    assert response.json.keys() - {"violations"} == {"type", "title", "status", "detail"}
    for violation in response.json.get("violations", ()):
        assert violation.keys() == {"pointer", "keyword", "message"}
    assert response.json["status"] == status
    for one in says:
        assert one in response.json["detail"]


def everything(runtime: Runtime) -> dict[str, Any]:
    """All that calls could have changed, of all namespaces."""
    return {
        namespace.name: {
            "records": {name: dump(runtime, name, namespace.name) for name in runtime.services},
            "clock": (namespace.clock.now(), namespace.clock.frozen),
            "variants": namespace.variants,
            "faults": [(one.id, one.fired, msgspec.to_builtins(one.when)) for one in namespace.faults],
            "snapshots": namespace.snapshots,
            "requests": (namespace.requests, len(namespace.journal)),
            "counts": {name: dict(units) for name, units in namespace.counts.items()},
        }
        for namespace in list(runtime.namespaces)
    }
