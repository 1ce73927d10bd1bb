"""The exchanges of an opened file, masked, each with its provider and what is said of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.control.call_filter import Described
from paysandbox.control.exchange_masking import ExchangeMasker
from paysandbox.judging.differences import DIFFERENT, Difference
from paysandbox.judging.refusal import find_refusal
from paysandbox.judging.traffic import Addressed, ProviderFinder, mask_addressed, name_other_api
from paysandbox.judging.variant_judge import VariantJudge
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.recordings.exchange import Exchange, Judgement, Message
from paysandbox.web.console.opening.describing import describe_exchange

_UNJUDGED: Final = "This exchange could not be judged."


class OpenedCall(Struct, frozen=True):
    """A call of a file: its number there, from 1, and all of it as the journal describes calls.

    `addressed` is None for a call that reached no provider, and `operation` for one that the contract lacks. The call
    is `judged` here if the file itself says nothing of it.
    """

    number: int
    call: Described
    exchange: Exchange
    addressed: Addressed | None
    operation: Operation | None
    judged: bool


class ExchangeReader:
    """Makes calls of exchanges, in their order.

    `ignored` counts what is not shown, by reason. `provider` is whose API unknown hosts have.
    """

    def __init__(self, runtime: Runtime, provider: str | None) -> None:
        self._runtime = runtime
        self._finder = ProviderFinder(runtime, provider)
        self._maskers: dict[str, ExchangeMasker] = {}
        self._judges: dict[str, VariantJudge] = {}
        self._provider = provider
        self.ignored: Counter[str] = Counter()

    def read(self, exchanges: Iterator[Exchange]) -> Iterator[OpenedCall | None]:
        """Yield a call for each exchange, or None for one that is not shown, so that others can work meanwhile."""
        for exchange in map(self._leave_long_bodies, exchanges):
            addressed = self._finder.find(exchange)
            if addressed is None and (exchange.judgement is None or self._provider is not None):
                self.ignored[name_other_api(exchange)] += 1
                yield None
            else:
                yield self._describe(exchange, addressed)

    def _leave_long_bodies(self, exchange: Exchange) -> Exchange:
        """Leave out a body that no call may have, because to mask it would take seconds."""
        request, reply = map(self._leave_long_body, (exchange.request, exchange.reply))
        is_whole = request is exchange.request and reply is exchange.reply
        return exchange if is_whole else replace(exchange, request=request, reply=reply)

    def _leave_long_body(self, message: Message) -> Message:
        limit = self._runtime.settings.body_limit
        if len(message.content or b"") <= limit:
            return message
        self.ignored[f"a body of more than {limit} bytes"] += 1
        return Message(message.headers, None)

    def _describe(self, exchange: Exchange, addressed: Addressed | None) -> OpenedCall:
        operation = None
        if addressed is None:
            masker = self._maskers.setdefault(CONTROL, ExchangeMasker(self._runtime.control))
            exchange = masker.mask(exchange)
        else:
            operation = self._get_judge(addressed.provider).find_operation(addressed)
            addressed = mask_addressed(addressed, self._runtime, self._maskers)
            exchange = addressed.exchange
        is_judged = exchange.judgement is None
        if is_judged and addressed is not None:
            exchange = replace(exchange, judgement=self._judge(addressed, operation))
        call = describe_exchange(exchange, addressed, operation)
        return OpenedCall(exchange.place.number, call, exchange, addressed, operation, is_judged)

    def _judge(self, addressed: Addressed, operation: Operation | None) -> Judgement:
        provider, status = addressed.provider, addressed.exchange.status
        if operation is None:
            return Judgement(provider, refused=True, explanation=f"{provider} has no such operation")
        if status is None:
            return Judgement(provider, operation.id)
        judge = self._get_judge(provider)
        try:
            differences = [one for one in judge.judge(addressed, operation) if one.verdict in DIFFERENT]
            verdict = judge.judge_request(addressed, operation)
        except Exception:  # noqa: BLE001 - whatever a file has, the rest of it is shown
            return Judgement(provider, operation.id, advice=(_UNJUDGED,))
        refusal = find_refusal(status, None if verdict is None else verdict.problem, differences)
        if refusal is None:
            return Judgement(provider, operation.id)
        variants = dict.fromkeys(one.variant for one in differences if one.variant is not None)
        return Judgement(
            provider,
            operation.id,
            refused=True,
            explanation=refusal.message,
            advice=tuple(_advise_variant(variant, differences) for variant in variants),
            violations=[_describe_violation(one, refusal.rule) for one in refusal.violations],
        )

    def _get_judge(self, provider: str) -> VariantJudge:
        judge = self._judges.get(provider)
        if judge is None:
            judge = self._judges[provider] = VariantJudge(self._runtime, provider)
        return judge


def _describe_violation(violation: Any, rule: str | None) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(violation)
    return {**found, "rule": rule}


def _advise_variant(variant: str, differences: Sequence[Difference]) -> str:
    if all(one.variant == variant for one in differences):
        return f"With the variant {variant} the contract agrees."
    return f"The variant {variant} explains a part of it."
