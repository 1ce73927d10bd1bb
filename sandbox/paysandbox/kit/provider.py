"""What a provider must bring, and which providers there are: a folder in `sandbox/paysandbox/providers` is one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import FunctionType, ModuleType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

import paysandbox.providers
from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation
from paysandbox.core.messages import Attempt, Call, Reply, Request
from paysandbox.core.problems import Problem, StartupError
from paysandbox.coverage.units import Coverage
from paysandbox.store.state import State

Handler = Callable[[Call, Any], Reply]


class Invariant(Struct, frozen=True):
    """What must hold of a provider's records after every call: a ledger's totals agree with its entries.

    `broken` says where it does not hold, one line each, beginning with `table/key: `; nothing if it holds.
    """

    id: str
    says: str
    broken: Callable[[Any], Iterable[str]]


class Provider(Struct, frozen=True, kw_only=True):
    """One imitated API.

    Attributes:
        name: the folder's name, in all four places.
        operations: the module, or the package of modules, whose public functions are the operationIds in snake case.
        state: the State class that holds its records.
        admit: looks at every request before anything else; raises a `Problem` to turn it away.
        authenticate: who a credential belongs to; raises `Unauthenticated`.
        refuse: puts a `Problem` into this provider's words.
        body_credential: the body's member that carries the credential, where the contract has no security scheme.
        tolerates_double_slash: whether `//debts` means `/debts`.
        optional_version: a first segment of the path that may be left out, `/v1`: `/v1/debts` is `/debts`.
        ignores_unknown_parameters: whether a query may have parameters that the contract lacks, whatever its variants.
        mount: the first segment of its URLs on the shared port, where it is not the name with dashes.
        fail: a failure with this HTTP status in this provider's words, for faults and for statuses asked for; by
            default an empty body.
        advise: likely faults of the client that a call shows, each a sentence that says the mend.
        invariants: what must hold of the records after every call.
        namespace_credentials: credentials that may choose a namespace (`key~checkout-7`), by their names in the fixture
            file; one that is sent in the body is a property of the body's root under the same name.
        earliest: the moment before which the clock cannot be set, as something in force was issued then.
    """

    name: str
    operations: ModuleType | tuple[ModuleType, ...]
    authenticate: Callable[[str, Any], Any]
    refuse: Callable[[Problem, Any], Reply]
    state: type[State] = State
    admit: Callable[[Operation, Request, Any], None] | None = None
    body_credential: str | None = None
    tolerates_double_slash: bool = False
    optional_version: str | None = None
    ignores_unknown_parameters: bool = False
    mount: str | None = None
    fail: Callable[[int, Any], Reply] | None = None
    advise: Callable[[Attempt], Iterable[str]] | None = None
    invariants: tuple[Invariant, ...] = ()
    namespace_credentials: tuple[str, ...] = ()
    earliest: Callable[[Any], datetime | None] | None = None

    @property
    def prefix(self) -> str:
        """The first segment of this provider's URLs on the shared port."""
        return self.mount or self.name.replace("_", "-")


class Service(Struct, frozen=True):
    """A provider joined to its contract: ready to answer.

    `contract` is the one under the choices of the fixture file, `handlers` has the function of each operationId,
    `coverage` knows what a call exercises of the contract.
    """

    provider: Provider
    contract: Contract
    handlers: Mapping[str, Handler]
    credentials: Mapping[str, str]
    coverage: Coverage
    base_contract: Contract
    variants: Mapping[str, str]
    _others: dict[tuple[tuple[str, str], ...], "Service"] = field(default_factory=dict)

    def with_variants(self, variants: Mapping[str, str]) -> "Service":
        """The same under these choices in the place of the fixture file's; each is made once."""
        key = tuple(sorted(variants.items()))
        found = self._others.get(key)
        if found is None:
            chosen = {**self.variants, **variants}
            found = self._others[key] = replace(
                self, contract=self.base_contract.with_variants(chosen), variants=chosen, _others={}
            )
        return found


def find_providers() -> Iterator[Provider]:
    """Every provider there is, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(paysandbox.providers.__path__), key=lambda module: module.name):
        yield importlib.import_module(f"paysandbox.providers.{module.name}").PROVIDER


def import_modules(package: ModuleType) -> list[ModuleType]:
    """Return the modules of a package; a module that is no package stands for itself."""
    if not hasattr(package, "__path__"):
        return [package]
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."))
    return [importlib.import_module(name) for name in names]


def create_service(
    provider: Provider, contract: Contract, credentials: Mapping[str, str], variants: Mapping[str, str] | None = None
) -> Service:
    """Join a provider to its contract, under the choices of its fixture file.

    Raises:
        StartupError: an operation without a function, or a function without an operation.
    """
    packages = provider.operations if isinstance(provider.operations, tuple) else (provider.operations,)
    modules = [module for package in packages for module in import_modules(package)]
    handlers = {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and not name.startswith("_") and value.__module__ == module.__name__
    }
    wanted = {operation.name: operation.id for operation in contract.operations}
    where = " or ".join(f"{module.__name__.replace('.', '/')}.py" for module in modules)
    errors = [
        f"{where}: no function {name} for the operation {wanted[name]}" for name in wanted.keys() - handlers.keys()
    ]
    errors += [
        f"{where}: no operation in the contract for the function {name}" for name in handlers.keys() - wanted.keys()
    ]
    if errors:
        raise StartupError(sorted(errors))
    by_operation = {wanted[name]: handler for name, handler in handlers.items()}
    chosen = variants or {}
    under = contract.with_variants(chosen)
    return Service(provider, under, by_operation, credentials, Coverage(under), contract, chosen)
