"""The sandbox as a whole: its health, its providers and their contracts, and what all calls have exercised."""

from typing import Any

from sandbox.contract.provenance import counts
from sandbox.control.reports import coverage_report
from sandbox.exchange import Call, Reply
from sandbox.namespaces import DEFAULT
from sandbox.problems import NotFound
from sandbox.provider import Service
from sandbox.world import CONTROL, CONTROL_PREFIX, World


def health(_call: Call, world: World) -> Reply:
    """Whether the sandbox is ready, its version and how long it runs."""
    uptime = world.time() - world.started
    body = {
        "status": "ok",
        "version": world.version,
        "uptime_seconds": max(round(uptime.total_seconds(), 3), 0),
        "providers": list(world.services),
    }
    return Reply(200, body)


def list_providers(call: Call, world: World) -> Reply:
    """Every provider with its URL, operations, variants in force and counts by provenance."""
    return Reply(200, {"providers": [_provider(service, call, world) for service in world.services.values()]})


def get_contract(call: Call, world: World) -> Reply:
    """A contract with `servers` pointing here.

    Raises:
        NotFound: no provider of this name.
    """
    name = call.path["provider"]
    if name == CONTROL:
        return Reply(200, world.control.contract.served(f"{call.origin}/{CONTROL_PREFIX}"))
    if name not in world.services:
        raise NotFound(f"there is no provider {name!r}; there are {', '.join(world.services)} and {CONTROL}")
    return Reply(200, world.services[name].contract.served(world.url(name, call.origin)))


def get_contract_as_yaml(call: Call, world: World) -> Reply:
    """The same as YAML.

    Raises:
        NotFound: no provider of this name.
    """
    from sandbox.yaml_file import write_yaml  # noqa: PLC0415 - who asks for no YAML does not wait for it

    return Reply(200, write_yaml(get_contract(call, world).body), media_type="application/yaml")


def reset(_call: Call, world: World) -> Reply:
    """Records and id counters of the default namespace back to the fixtures."""
    world.namespaces.get(DEFAULT).reset()
    return Reply(204)


def get_total_coverage(call: Call, world: World) -> Reply:
    """What the calls of all namespaces have exercised of the contracts, those that are gone included."""
    return coverage_report(call.query["format"], world.namespaces.counts(), world)


def _provider(service: Service, call: Call, world: World) -> dict[str, Any]:
    contract = service.contract
    name = service.provider.name
    return {
        "name": name,
        "title": contract.title,
        "url": world.url(name, call.origin),
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
        "variants": dict(world.namespaces.origins[name].variants),
        "provenance": counts(contract.document),
    }
