"""Hold recordings against the contracts: masked, sorted by provider, judged exchange by exchange, and added up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.control.exchange_masking import ExchangeMasker
from paysandbox.evidence.differences import CONFIRMED, Difference, Drift, add_up
from paysandbox.evidence.judging import Judge
from paysandbox.evidence.traffic import Addressed, sort_traffic
from paysandbox.evidence.verdict_on_request import Verdict
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Log
from paysandbox.recordings.reading import read_recording

NAMESPACE: Final = "drift"


def run_drift(paths: Sequence[Path], runtime: Runtime, provider: str | None = None) -> Drift:
    """Judge all exchanges of the files, in their order.

    Args:
        paths: recordings.
        runtime: has the contracts; its namespaces are not changed.
        provider: whose API unknown hosts have; None to know providers by host or path alone.

    Raises:
        UnreadableRecording: a file is missing, or is no recording.
    """
    drift = Drift(tuple(map(str, paths)))
    judges: dict[str, VariantJudge] = {}
    found: list[Difference] = []
    for addressed in read_traffic(paths, runtime, provider, drift):
        judge = judges.get(addressed.provider)
        if judge is None:
            judge = judges[addressed.provider] = VariantJudge(runtime, addressed.provider)
        operation = judge.find_operation(addressed)
        if operation is None:
            drift.ignored[f"no operation of {addressed.provider}"] += 1
            continue
        drift.exchanges[addressed.provider] += 1
        drift.operations[addressed.provider, operation.id] += 1
        found += judge.judge(addressed, operation)
    drift.differences = add_up(found)
    for difference in drift.differences:
        if difference.variant is not None:
            drift.variants[f"{difference.provider}: {difference.variant}"] += 1
    return drift


def read_traffic(paths: Iterable[Path], runtime: Runtime, provider: str | None, drift: Drift) -> Iterator[Addressed]:
    """Yield the exchanges with providers, without credentials; note in the drift what else the files have.

    Raises:
        UnreadableRecording: a file is missing, or is no recording.
    """
    for path in paths:
        log = Log()
        maskers: dict[str, ExchangeMasker] = {}
        for addressed in sort_traffic(read_recording(path, log), runtime, provider, drift.ignored):
            at = addressed.exchange.at
            if at is not None and (drift.latest is None or at.date() > drift.latest):
                drift.latest = at.date()
            yield mask_addressed(addressed, runtime, maskers)
        drift.ignored.update(log.skipped)
        drift.notices += log.notices


def mask_addressed(addressed: Addressed, runtime: Runtime, maskers: dict[str, ExchangeMasker]) -> Addressed:
    """Mask an exchange; the path too, where a credential may be told again."""
    masker = maskers.get(addressed.provider)
    if masker is None:
        masker = maskers[addressed.provider] = ExchangeMasker(runtime.services[addressed.provider])
    exchange: Exchange = masker.mask(addressed.exchange)
    cover = masker.open_cover(addressed.exchange)
    return addressed._replace(path=cover.cover_url(addressed.path, ""), exchange=exchange)


class VariantJudge:
    """Judges the exchanges of a provider, and finds the choice of a variant under which a difference is none."""

    def __init__(self, runtime: Runtime, provider: str) -> None:
        self._runtime = runtime
        self._service: Service = runtime.services[provider]
        self._judge = Judge(self._service, self._create_state({}))
        self._others: dict[str, Judge] | None = None
        self._explained: dict[str, str | None] = {}

    def find_operation(self, addressed: Addressed) -> Operation | None:
        return self._judge.find_operation(addressed)

    def judge_request(self, addressed: Addressed, operation: Operation) -> Verdict | None:
        return self._judge.judge_request(addressed, operation)

    def judge(self, addressed: Addressed, operation: Operation) -> list[Difference]:
        found = list({one.id: one for one in self._judge.judge(addressed, operation)}.values())
        unexplained = {one.id for one in found if one.verdict != CONFIRMED}
        return [
            replace(one, variant=self._explain(one, unexplained, addressed)) if one.verdict != CONFIRMED else one
            for one in found
        ]

    def _explain(self, difference: Difference, unexplained: set[str], addressed: Addressed) -> str | None:
        """The first choice of a variant under which the difference is none, and no other comes."""
        if difference.id not in self._explained:
            self._explained[difference.id] = next(
                (
                    choice
                    for choice, judge in self._list_others().items()
                    if self._is_explained(judge, difference, unexplained, addressed)
                ),
                None,
            )
        return self._explained[difference.id]

    def _is_explained(self, judge: Judge, difference: Difference, unexplained: set[str], addressed: Addressed) -> bool:
        operation = judge.find_operation(addressed)
        if operation is None:
            return False
        left = {one.id for one in judge.judge(addressed, operation) if one.verdict != CONFIRMED}
        return difference.id not in left and left < unexplained

    def _list_others(self) -> dict[str, Judge]:
        """A judge for each choice that changes the contract."""
        if self._others is None:
            service = self._service
            self._others = {}
            for variant in service.base_contract.variants.values():
                for choice in variant.choices:
                    other = service.with_variants({variant.name: choice})
                    if other.contract is not service.contract and choice != service.variants.get(variant.name):
                        self._others[f"{variant.name}={choice}"] = Judge(
                            other, self._create_state({variant.name: choice})
                        )
        return self._others

    def _create_state(self, variants: Mapping[str, str]) -> Any:
        provider = self._service.provider.name
        return self._runtime.namespaces.create(NAMESPACE, variants={provider: variants}).state(provider)
