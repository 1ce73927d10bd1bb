"""Which provider an exchange was sent to: by its host, by its path at a sandbox, or as the user says."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from paysandbox.control.exchange_masking import ExchangeMasker
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.routing import Router
from paysandbox.recordings.exchange import Exchange, split_url

_PORT = 1  # stands for a host that the user says is the provider's


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
    router = Router(runtime.services, runtime.control.provider)
    hinted: dict[str, Router] = {}
    for exchange in exchanges:
        name, path, host = _find(router, exchange, runtime)
        # A recording of our own proxy says whose API it is.
        hint = provider or (exchange.judgement.provider if exchange.judgement is not None else None)
        if name is None and hint in runtime.services and hint is not None:
            at = hinted.setdefault(hint, Router(runtime.services, runtime.control.provider, {hint: _PORT}))
            address = at.find(split_url(exchange.url).path or "/", host, _PORT)
            if runtime.services[hint].contract.has_path(address.path):
                name, path = hint, address.path
        if name is None or (provider is not None and name != provider):
            ignored[f"another API: {host}" if host else "another API"] += 1
        elif exchange.status is None:
            ignored["no reply"] += 1
        else:
            yield Addressed(name, path, exchange)


def mask_addressed(addressed: Addressed, runtime: Runtime, maskers: dict[str, ExchangeMasker]) -> Addressed:
    """Mask an exchange; the path too, where a credential may be told again."""
    masker = maskers.get(addressed.provider)
    if masker is None:
        masker = maskers[addressed.provider] = ExchangeMasker(runtime.services[addressed.provider])
    exchange: Exchange = masker.mask(addressed.exchange)
    cover = masker.open_cover(addressed.exchange)
    return addressed._replace(path=cover.cover_url(addressed.path, ""), exchange=exchange)


def _find(router: Router, exchange: Exchange, runtime: Runtime) -> tuple[str | None, str, str]:
    """The provider, None if it is unknown; the path below its root; and the host."""
    said = exchange.judgement.provider if exchange.judgement is not None else None
    parts = split_url(exchange.url)
    host = parts.netloc.rpartition("@")[2]
    if said in runtime.services and not host:  # a journal has paths below the provider's root
        return said, parts.path, ""
    address = router.find(parts.path or "/", host, None)
    return (address.provider if address.provider in runtime.services else None), address.path, host
