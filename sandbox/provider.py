"""What a provider must bring, and which providers there are: a folder in `sandbox/providers` is one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from msgspec import Struct, field

import sandbox.providers
from sandbox.contract.document import Contract
from sandbox.contract.operation import Operation
from sandbox.exchange import Call, Reply, Request
from sandbox.problems import Problem, Unusable
from sandbox.state import State

Handler = Callable[[Call, Any], Reply]


class Provider(Struct, frozen=True, kw_only=True):
    """One imitated API.

    Attributes:
        name: the folder's name, in all four places.
        operations: the module with one public function per operationId, in the contract's order.
        state: the State class that holds its records.
        admit: looks at every request before anything else; raises a `Problem` to turn it away.
        authenticate: who a credential belongs to; raises `Unauthenticated`.
        refuse: puts a `Problem` into this provider's words.
        body_credential: the body's member that carries the credential, where the contract has no security scheme.
        variants: the choices that a fixture file may make, each with its values, the default first.
        tolerates_double_slash: whether `//debts` means `/debts`.
        mount: the first segment of its URLs on the shared port, where it is not the name with dashes.
    """

    name: str
    operations: ModuleType
    authenticate: Callable[[str, Any], Any]
    refuse: Callable[[Problem, Any], Reply]
    state: type[State] = State
    admit: Callable[[Operation, Request, Any], None] | None = None
    body_credential: str | None = None
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tolerates_double_slash: bool = False
    mount: str | None = None

    @property
    def prefix(self) -> str:
        """The first segment of this provider's URLs on the shared port."""
        return self.mount or self.name.replace("_", "-")


class Service(Struct, frozen=True):
    """A provider joined to its contract: ready to answer. `handlers` has the function of each operationId."""

    provider: Provider
    contract: Contract
    handlers: Mapping[str, Handler]
    credentials: Mapping[str, str]


def installed() -> Iterator[Provider]:
    """Every provider there is, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(sandbox.providers.__path__), key=lambda module: module.name):
        yield importlib.import_module(f"sandbox.providers.{module.name}").PROVIDER


def join(provider: Provider, contract: Contract, credentials: Mapping[str, str]) -> Service:
    """Join a provider to its contract.

    Raises:
        Unusable: an operation without a function, or a function without an operation.
    """
    handlers = {
        name: value
        for name, value in vars(provider.operations).items()
        if isinstance(value, FunctionType)
        and not name.startswith("_")
        and value.__module__ == provider.operations.__name__
    }
    wanted = {operation.name: operation.id for operation in contract.operations}
    where = f"sandbox/providers/{provider.name}/operations.py"
    findings = [
        f"{where}: no function {name} for the operation {wanted[name]}" for name in wanted.keys() - handlers.keys()
    ]
    findings += [
        f"{where}: no operation in the contract for the function {name}" for name in handlers.keys() - wanted.keys()
    ]
    if findings:
        raise Unusable(sorted(findings))
    return Service(provider, contract, {wanted[name]: handler for name, handler in handlers.items()}, credentials)
