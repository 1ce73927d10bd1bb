"""The sandbox as a whole: its health, its providers and their contracts, and what all calls have exercised."""

from typing import Any

from paysandbox.contract.inventory import count_units
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotFound
from paysandbox.coverage.formats import render_report
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, CONTROL_PREFIX, Runtime
from paysandbox.store.namespaces import DEFAULT


def health(_call: Call, runtime: Runtime) -> Reply:
    """Whether the sandbox is ready, its version and how long it runs."""
    uptime = runtime.time() - runtime.started
    body = {
        "status": "ok",
        "version": runtime.version,
        "uptime_seconds": max(round(uptime.total_seconds(), 3), 0),
        "providers": list(runtime.services),
    }
    return Reply(200, body)


def list_providers(call: Call, runtime: Runtime) -> Reply:
    """Every provider with its URL, operations, variants in force and counts by provenance."""
    return Reply(200, {"providers": [_provider(service, call, runtime) for service in runtime.services.values()]})


def get_contract(call: Call, runtime: Runtime) -> Reply:
    """A contract with `servers` pointing here.

    Raises:
        NotFound: no provider of this name.
    """
    name = call.path["provider"]
    if name == CONTROL:
        return Reply(200, runtime.control.contract.document_at(f"{call.origin}/{CONTROL_PREFIX}"))
    if name not in runtime.services:
        raise NotFound(f"there is no provider {name!r}; there are {', '.join(runtime.services)} and {CONTROL}")
    return Reply(200, runtime.services[name].contract.document_at(runtime.url(name, call.origin)))


def get_contract_as_yaml(call: Call, runtime: Runtime) -> Reply:
    """The same as YAML.

    Raises:
        NotFound: no provider of this name.
    """
    from paysandbox.core.strict_yaml import write_yaml  # noqa: PLC0415 - who asks for no YAML does not wait for it

    return Reply(200, write_yaml(get_contract(call, runtime).body), media_type="application/yaml")


def reset(_call: Call, runtime: Runtime) -> Reply:
    """Records and id counters of the default namespace back to the fixtures."""
    runtime.namespaces.get(DEFAULT).reset()
    return Reply(204)


def get_total_coverage(call: Call, runtime: Runtime) -> Reply:
    """What the calls of all namespaces have exercised of the contracts, those that are gone included."""
    return render_report(call.query["format"], runtime.list_coverage_subjects(runtime.namespaces.sum_counts()))


def _provider(service: Service, call: Call, runtime: Runtime) -> dict[str, Any]:
    contract = service.contract
    name = service.provider.name
    return {
        "name": name,
        "title": contract.title,
        "url": runtime.url(name, call.origin),
        "operations": [
            {
                "id": operation.id,
                "method": operation.method,
                "path": contract.base_path + operation.template,
                "summary": operation.summary,
                "provenance": operation.provenance,
            }
            for operation in contract.operations
        ],
        "variants": dict(runtime.namespaces.baselines[name].variants),
        "provenance": count_units(contract.document),
    }
