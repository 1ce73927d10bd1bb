"""The sandbox as a whole: health, providers, contracts, reset and total coverage."""

from typing import Any

from paysandbox.control.lookup import get_namespace
from paysandbox.control.resets import describe_reset
from paysandbox.control.timestamps import format_timestamp
from paysandbox.core.clock import read_microseconds
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound, StartupError
from paysandbox.coverage.formats import render_report
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, CONTROL_PREFIX, Runtime
from paysandbox.kit.settings import MEMORY
from paysandbox.store.namespaces import DEFAULT


def health(_call: Call, runtime: Runtime) -> Reply:
    """Return status, version, uptime in seconds, the names of the providers, and the store."""
    uptime = runtime.time() - runtime.started
    body = {
        "status": "ok",
        "version": runtime.version,
        "uptime_seconds": max(round(uptime.total_seconds(), 3), 0),
        "providers": list(runtime.services),
        "store": _describe_store(runtime),
    }
    return Reply(200, body)


def list_providers(call: Call, runtime: Runtime) -> Reply:
    """List every provider with URL, operations, chosen variants and counts by provenance."""
    return Reply(
        200, {"providers": [_describe_provider(service, call, runtime) for service in runtime.services.values()]}
    )


def get_contract(call: Call, runtime: Runtime) -> Reply:
    """Return a contract as JSON, its `servers` being this sandbox.

    Raises:
        NotFound: no provider of this name.
    """
    name = call.path["provider"]
    if name == CONTROL:
        return Reply(200, runtime.control.contract.document_at(f"{call.origin}/{CONTROL_PREFIX}"))
    if name not in runtime.services:
        raise NotFound(
            f"there is no provider {name!r}; there are {', '.join(runtime.services)} and {CONTROL}", at="{provider}"
        )
    return Reply(200, runtime.services[name].contract.document_at(runtime.url(name, call.origin)))


def get_contract_as_yaml(call: Call, runtime: Runtime) -> Reply:
    """Return a contract as YAML, its `servers` being this sandbox.

    Raises:
        NotFound: no provider of this name.
    """
    from paysandbox.core.strict_yaml import write_yaml  # noqa: PLC0415 - a start must not wait for the YAML writer

    return Reply(200, write_yaml(get_contract(call, runtime).body), media_type="application/yaml")


def reset(_call: Call, runtime: Runtime) -> Reply:
    """Reset records and id counters of the default namespace to the fixtures."""
    get_namespace(DEFAULT, runtime).reset()
    return describe_reset(runtime)


def reload(_call: Call, runtime: Runtime) -> Reply:
    """Read contracts, fixtures and providers again, and take them over.

    Raises:
        NotAllowed: a file is not valid; the message lists all errors, and nothing is changed.
    """
    if runtime.replication is not None:
        raise NotAllowed("nothing was changed: files cannot be taken over where namespaces are kept in a store")
    from paysandbox.kit.reload import reload as take_files_over  # noqa: PLC0415 - a start must not wait for it

    try:
        reloaded = take_files_over(runtime)
    except StartupError as error:
        raise NotAllowed(f"nothing was changed: {'; '.join(error.errors)}") from None
    return Reply(200, reloaded._asdict())


def get_total_coverage(call: Call, runtime: Runtime) -> Reply:
    """Report the coverage of the contracts by the calls of all namespaces, deleted ones included."""
    return render_report(call.query["format"], runtime.list_coverage_subjects(runtime.namespaces.sum_counts()))


def _describe_provider(service: Service, call: Call, runtime: Runtime) -> dict[str, Any]:
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
        "provenance": contract.provenance,
    }


def _describe_store(runtime: Runtime) -> dict[str, Any]:
    """Name the engine of the store, but not where it is, because health is public, and whether it does its part."""
    if runtime.replication is None:
        return {"engine": MEMORY, "answers": True, "writes": True}
    condition = runtime.replication.condition
    found: dict[str, Any] = {
        "engine": runtime.replication.log.engine,
        "answers": condition.answers,
        "writes": condition.refusal is None,
    }
    if condition.refusal is not None:
        found["refuses_since"] = format_timestamp(read_microseconds(condition.refusal.since))
    return found
