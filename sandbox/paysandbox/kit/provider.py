"""The interface of a provider, and the discovery of providers: each folder in `paysandbox/providers` is one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from datetime import datetime
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from msgspec import Struct

import paysandbox.providers
from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation
from paysandbox.core.later import ReadLater
from paysandbox.core.messages import Attempt, Call, Reply, Request
from paysandbox.core.problems import Problem, StartupError
from paysandbox.coverage.units import Coverage
from paysandbox.kit.breaches import Breach, read_breach
from paysandbox.kit.statements import Statement
from paysandbox.kit.webhooks import WebhookFormat
from paysandbox.store.state import State

Handler = Callable[[Call, Any], Reply]


class Invariant(Struct, frozen=True):
    """A condition on a provider's records that holds after every call: totals agree with entries.

    `broken` yields a `Breach` for each place where it does not hold, or a line that begins with `table/key: `.
    """

    id: str
    says: str
    broken: Callable[[Any], Iterable[Breach | str]]

    def find_breaches(self, state: State) -> Iterator[Breach]:
        """Yield each place where the invariant does not hold."""
        for found in self.broken(state):
            yield found if isinstance(found, Breach) else read_breach(found)


class Provider(Struct, frozen=True, kw_only=True):
    """One imitated API.

    Attributes:
        name: the name of the provider's folders.
        operations: the module, or the package of modules, whose public functions are the operationIds in snake case.
        state: the State class that declares its tables.
        admit: called with every request first; raises a `Problem` to refuse it.
        authenticate: returns the owner of a credential; raises `Unauthenticated`.
        authenticators: the same for the credentials of some security schemes, by the schemes' names in the contract.
        refuse: returns the reply for a `Problem`, in this provider's words.
        body_credential: the property of the body that carries the credential, if the contract has no security scheme.
        tolerates_double_slash: whether `//debts` means `/debts`.
        optional_version: a first segment of the path that may be left out, `/v1`: `/v1/debts` is `/debts`.
        mount: the first segment of its URLs on the shared port. Default: the name with dashes.
        fail: returns a failure with this HTTP status in this provider's words, for faults and the Prefer header.
            Default: an empty body.
        advise: returns hints about likely mistakes of the client in a call, each a sentence that says what to change.
        invariants: conditions on the records that hold after every call.
        statements: its documents, what is owed of them, and the records that say so, for the ledger view.
        namespace_credentials: credentials that may choose a namespace (`key~checkout-7`), by their names in the fixture
            file; one that is sent in the body is a property of the body's root under the same name.
        check_credentials: yields the name of each credential of a fixture file that no account has, and what is wrong.
            Default: a single credential must pass `authenticate`.
        listed_values: properties of records, as `table.property`, whose values a schema of the contract lists.
        earliest: returns the earliest time that the clock can be set to, because a record in force was issued then.
        expiries: yields table, key, what happens and when (in UTC), of records that expire at a time that they do not
            have as a property.
        webhooks: how it delivers the events of its contract's `webhooks`. Default: the API has no webhooks.
        pass_time: publishes what became due, after the clock was set or advanced from a time. Called only where an
            endpoint is registered.
        folder: of its `openapi.yaml` and `fixtures.yaml`, if it comes from outside the package. It is set when the
            provider is found.
    """

    name: str
    operations: ModuleType | tuple[ModuleType, ...]
    authenticate: Callable[[str, Any], Any]
    refuse: Callable[[Problem, Any], Reply]
    state: type[State] = State
    admit: Callable[[Operation, Request, Any], None] | None = None
    authenticators: Mapping[str, Callable[[str, Any], Any]] = {}
    body_credential: str | None = None
    tolerates_double_slash: bool = False
    optional_version: str | None = None
    mount: str | None = None
    fail: Callable[[int, Any], Reply] | None = None
    advise: Callable[[Attempt], Iterable[str]] | None = None
    invariants: tuple[Invariant, ...] = ()
    statements: tuple[Statement, ...] = ()
    namespace_credentials: tuple[str, ...] = ()
    check_credentials: Callable[[Mapping[str, str], Any], Iterable[tuple[str, str]]] | None = None
    listed_values: Mapping[str, str] = {}
    earliest: Callable[[Any], datetime | None] | None = None
    expiries: Callable[[Any], Iterable[tuple[str, Any, str, datetime]]] | None = None
    webhooks: WebhookFormat | None = None
    pass_time: Callable[[Any, datetime], None] | None = None
    folder: Path | None = None

    @property
    def prefix(self) -> str:
        """The first segment of this provider's URLs on the shared port."""
        return self.mount or make_prefix(self.name)


@dataclass(frozen=True, slots=True, eq=False)  # not a Struct, because its fields may be read later
class Service(ReadLater):
    """A provider with its contract and handlers.

    `prefix` is the first segment of its URLs on the shared port. `contract` is the contract under the chosen
    `variants`, `base_contract` the one in the file. `handlers` maps each operationId to its function. Those of the
    `credentials` that may choose a namespace are `namespace_credentials`. A credential `may_hide_suffix` if it is in
    the body or in base64.
    """

    prefix: str
    provider: Provider
    contract: Contract
    handlers: Mapping[str, Handler]
    credentials: Mapping[str, str]
    namespace_credentials: tuple[str, ...]
    coverage: Coverage
    base_contract: Contract
    variants: Mapping[str, str]
    may_hide_suffix: bool = False
    _by_variants: dict[tuple[tuple[str, str], ...], "Service"] = field(default_factory=dict)

    def replace(self, **changes: Any) -> "Service":
        """Return this service with other fields."""
        return replace_fields(self, _by_variants={}, **changes)

    def with_variants(self, variants: Mapping[str, str]) -> "Service":
        """Return this service under other choices of variants; each combination is created once."""
        key = tuple(sorted(variants.items()))
        found = self._by_variants.get(key)
        if found is None:
            chosen = {**self.variants, **variants}
            found = self._by_variants[key] = self.replace(
                contract=self.base_contract.with_variants(chosen), variants=chosen
            )
        return found


def list_packaged() -> list[str]:
    """List the names of the packaged providers, in their order, without importing them."""
    return sorted(module.name for module in pkgutil.iter_modules(paysandbox.providers.__path__))


def make_prefix(name: str) -> str:
    """Return the first segment of a provider's URLs, unless it declares a `mount`."""
    return name.replace("_", "-")


def import_packaged(name: str) -> Provider:
    """Import a packaged provider."""
    provider: Provider = importlib.import_module(f"paysandbox.providers.{name}").PROVIDER
    return provider


def find_providers() -> Iterator[Provider]:
    """Yield the packaged providers, in the order of their names."""
    yield from map(import_packaged, list_packaged())


def import_modules(package: ModuleType) -> list[ModuleType]:
    """Return the modules of a package, or the module itself if it is not a package."""
    if not hasattr(package, "__path__"):
        return [package]
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."))
    return [importlib.import_module(name) for name in names]


def create_service(
    provider: Provider, contract: Contract, credentials: Mapping[str, str], variants: Mapping[str, str] | None = None
) -> Service:
    """Create the service of a provider under the choices of its fixture file.

    Raises:
        StartupError: an operation without a function, or a function without an operation.
    """
    chosen = variants or {}
    under = contract.with_variants(chosen)
    return Service(
        prefix=provider.prefix,
        provider=provider,
        contract=under,
        handlers=_find_handlers(provider, contract),
        credentials=credentials,
        namespace_credentials=provider.namespace_credentials,
        coverage=Coverage(under),
        base_contract=contract,
        variants=chosen,
        may_hide_suffix=provider.body_credential is not None or contract.encodes_credentials,
    )


def _find_handlers(provider: Provider, contract: Contract) -> dict[str, Handler]:
    packages = provider.operations if isinstance(provider.operations, tuple) else (provider.operations,)
    modules = [module for package in packages for module in import_modules(package)]
    handlers = {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and not name.startswith("_") and value.__module__ == module.__name__
    }
    wanted = {operation.name: operation.id for operation in contract.operations}
    where = " or ".join(_show_file(provider, module) for module in modules)
    errors = [
        f"{where}: no function {name} for the operation {wanted[name]}" for name in wanted.keys() - handlers.keys()
    ]
    errors += [
        f"{where}: no operation in the contract for the function {name}" for name in handlers.keys() - wanted.keys()
    ]
    if errors:
        raise StartupError(sorted(errors))
    return {wanted[name]: handler for name, handler in handlers.items()}


def _show_file(provider: Provider, module: ModuleType) -> str:
    """Return the file of a module: below the package, or where the user's own provider has it, with a line."""
    return f"{module.__name__.replace('.', '/')}.py" if provider.folder is None else f"{module.__file__}:1"
