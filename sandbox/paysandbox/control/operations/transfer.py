"""Export a namespace as fixtures, and import fixtures into a namespace."""

from collections.abc import Iterable, Iterator
from typing import Any

from paysandbox.control.lookup import find_namespace
from paysandbox.control.records import make_violation, refuse_all
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, Violation
from paysandbox.kit.fixture_export import export_state
from paysandbox.kit.fixture_form import DEFAULT, EXTENDS
from paysandbox.kit.fixtures import Fixtures, compile_fixtures, find_credential_errors
from paysandbox.kit.runtime import Runtime
from paysandbox.store.endpoints import ENDPOINTS, find_missing
from paysandbox.store.namespaces import Namespace


def export_namespace(call: Call, runtime: Runtime) -> Reply:
    """Return the variants, credentials, id counters, endpoints and records of all providers, as a fixture file does."""
    namespace = find_namespace(call, runtime)
    return Reply(
        200,
        {
            name: export_state(namespace.state(name), service.provider, service.credentials)
            for name, service in runtime.services.items()
        },
    )


def import_namespace(call: Call, runtime: Runtime) -> Reply:
    """Replace records, id counters and variants of the providers that the body names, after all checks of a start.

    Adds the webhook endpoints that the namespace lacks.

    Raises:
        NotAllowed: a provider does not exist, or its fixtures are not valid; nothing is changed.
        Conflict: the namespace would have too many endpoints; nothing is changed.
    """
    namespace = find_namespace(call, runtime)
    found: list[Fixtures] = []
    errors: list[Violation] = []
    for name, value in call.body.items():
        fixtures, what = _compile(name, value, runtime)
        errors += what
        if fixtures is not None:
            found.append(fixtures)
    if errors:
        raise refuse_all("nothing was imported", errors)
    _check_room(namespace, found)
    for fixtures in found:
        namespace.load_baseline(fixtures.baseline)
    return Reply(200, {"imported": list(call.body), "warnings": list(_find_warnings(namespace, call.body, runtime))})


def _check_room(namespace: Namespace, found: Iterable[Fixtures]) -> None:
    there = namespace.webhooks.endpoints if namespace.webhooks is not None else ()
    baselines = [fixtures.baseline for fixtures in found]
    more = sum(len(find_missing(there, baseline.provider, baseline.endpoints)) for baseline in baselines)
    if more and len(there) + more > ENDPOINTS:
        raise Conflict(f"nothing was imported: a namespace has at most {ENDPOINTS} endpoints, and has {len(there)} now")


def _find_warnings(namespace: Namespace, names: Iterable[str], runtime: Runtime) -> Iterator[str]:
    """Yield the credentials that the sandbox hands out, which an import does not change, if the records lack them."""
    for name in names:
        service = runtime.services[name]
        for credential, what in find_credential_errors(service.provider, namespace.state(name), service.credentials):
            yield f"{name}: the sandbox's {credential} does not work in this namespace: {what}"


def _compile(name: str, value: Any, runtime: Runtime) -> tuple[Fixtures | None, list[Violation]]:
    service = runtime.services.get(name)
    if service is None:
        message = f"there is no provider of this name; there are {', '.join(runtime.services)}"
        return None, [make_violation((name,), message)]
    extends = isinstance(value, dict) and value.get(EXTENDS) == DEFAULT
    base = Fixtures(runtime.namespaces.baselines[name], service.credentials) if extends else None
    fixtures, errors = compile_fixtures(
        value,
        service.provider,
        service.base_contract.variants,
        base,
        service.base_contract,
        runtime.settings.webhook_hosts,
    )
    return fixtures, [make_violation((name, *where), what) for where, what in errors]
