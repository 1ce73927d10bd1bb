"""Which provider an exchange was sent to: by its host, by its path at a sandbox, or as the user says."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from paysandbox.control.exchange_masking import ExchangeMasker
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.routing import Router
from paysandbox.recordings.exchange import Exchange, split_url

OTHER_API: Final = "another API"

_PORT: Final = 1  # stands for a host that the user says is the provider's


class Addressed(NamedTuple):
    """An exchange with a provider, and its path below the provider's root, percent-encoded."""

    provider: str
    path: str
    exchange: Exchange


def sort_traffic(
    exchanges: Iterable[Exchange], runtime: Runtime, provider: str | None, ignored: Counter[str]
) -> Iterator[Addressed]:
    """Yield the exchanges with providers; the others are counted by host.

    Args:
        exchanges: of any hosts.
        runtime: has the providers.
        provider: whose API unknown hosts have; exchanges with other providers are ignored then.
        ignored: counts what is left out.
    """
    finder = ProviderFinder(runtime, provider)
    for exchange in exchanges:
        addressed = finder.find(exchange)
        if addressed is None:
            ignored[name_other_api(exchange)] += 1
        elif exchange.status is None:
            ignored["no reply"] += 1
        else:
            yield addressed


class ProviderFinder:
    """Finds the provider that an exchange was made with. `provider` is the one whose API unknown hosts have.

    A gateway may put a path before the API's own. It is what stands before the longest path that an operation has, in
    the first such exchange with a host, and the same for all others with it.
    """

    def __init__(self, runtime: Runtime, provider: str | None) -> None:
        self._runtime, self._provider = runtime, provider
        self._router = self._create_router({})
        self._hinted: dict[str, Router] = {}
        self._prefixes: dict[tuple[str, str], str] = {}  # by provider and host

    def find(self, exchange: Exchange) -> Addressed | None:
        """Return the exchange with its provider; None for another API, or another provider than the one given."""
        services = self._runtime.services
        name, path, host = _find(self._router, exchange, self._runtime)
        # A recording of our own proxy says whose API it is.
        hint = self._provider or (exchange.judgement.provider if exchange.judgement is not None else None)
        if name is None and hint in services and hint is not None:
            below = self._find_below(hint, host, exchange)
            if below is not None:
                name, path = hint, below
        if name is None or (self._provider is not None and name != self._provider):
            return None
        return Addressed(name, path, exchange)

    def _find_below(self, hint: str, host: str, exchange: Exchange) -> str | None:
        """The path below the provider's root; None if no operation has it."""
        router = self._hinted.get(hint)
        if router is None:
            router = self._hinted[hint] = self._create_router({hint: _PORT})
        contract = self._runtime.services[hint].contract
        path = split_url(exchange.url).path or "/"
        prefix = self._prefixes.get((hint, host))
        if prefix is None:
            below = router.find(path, host, _PORT).path
            if contract.has_path(below):
                return below
            steps = path.split("/")[1:]
            for count in range(1, len(steps)):
                below = "/" + "/".join(steps[count:])
                if contract.has_operation(exchange.method, below):
                    self._prefixes[hint, host] = "/" + "/".join(steps[:count])
                    return below
            return None
        below = path.removeprefix(prefix)
        return below if path.startswith(f"{prefix}/") and contract.has_path(below) else None

    def _create_router(self, ports: Mapping[str, int]) -> Router:
        return Router(self._runtime.services, self._runtime.control.provider, ports)


def name_other_api(exchange: Exchange) -> str:
    """Name whom an exchange without a provider was made with, as reports count it."""
    host = split_url(exchange.url).netloc.rpartition("@")[2]
    return f"{OTHER_API}: {host}" if host else OTHER_API


def mask_addressed(addressed: Addressed, runtime: Runtime, maskers: dict[str, ExchangeMasker]) -> Addressed:
    """Mask an exchange; the path too, where a credential may be told again."""
    masker = maskers.get(addressed.provider)
    if masker is None:
        masker = maskers[addressed.provider] = ExchangeMasker(runtime.services[addressed.provider])
    exchange, path = masker.mask_with_path(addressed.exchange, addressed.path)
    return addressed._replace(path=path, exchange=exchange)


def _find(router: Router, exchange: Exchange, runtime: Runtime) -> tuple[str | None, str, str]:
    """The provider, None if it is unknown; the path below its root; and the host."""
    said = exchange.judgement.provider if exchange.judgement is not None else None
    parts = split_url(exchange.url)
    host = parts.netloc.rpartition("@")[2]
    if said in runtime.services and not host:  # a journal has paths below the provider's root
        return said, parts.path, ""
    address = router.find(parts.path or "/", host, None)
    return (address.provider if address.provider in runtime.services else None), address.path, host
