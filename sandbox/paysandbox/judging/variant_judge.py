"""Hold recorded exchanges against a contract as its variants make it."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.judging.differences import CONFIRMED, Difference
from paysandbox.judging.judge import Judge
from paysandbox.judging.traffic import Addressed
from paysandbox.judging.verdict_on_request import Verdict
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime

NAMESPACE: Final = "drift"


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
