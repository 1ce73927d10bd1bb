"""Hold recorded exchanges against a contract as its variants make it."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.control.exchange_masking import Bodies, read_bodies
from paysandbox.judging.differences import CONFIRMED, Difference
from paysandbox.judging.judge import Judge
from paysandbox.judging.traffic import Addressed
from paysandbox.judging.verdict_on_request import Verdict
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime

NAMESPACE: Final = "drift"
_MOST_REMOVING: Final = 4  # choices that remove a difference; with each, all choices of the other variants are tried


class VariantJudge:
    """Judges the exchanges of a provider, and finds the choice of a variant under which a difference is none."""

    def __init__(self, runtime: Runtime, provider: str) -> None:
        self._runtime = runtime
        self._service: Service = runtime.services[provider]
        self._judge = Judge(self._service, self._create_state({}))
        self._others: dict[str, Judge] | None = None
        self._pairs: dict[str, Judge] = {}
        self._explained: dict[str, str | None] = {}

    def find_operation(self, addressed: Addressed) -> Operation | None:
        return self._judge.find_operation(addressed)

    def judge_request(self, addressed: Addressed, operation: Operation) -> Verdict | None:
        return self._judge.judge_request(addressed, operation)

    def judge(self, addressed: Addressed, operation: Operation) -> list[Difference]:
        bodies = read_bodies(addressed.exchange)
        found = list({one.id: one for one in self._judge.judge(addressed, operation, bodies)}.values())
        trial = _Trial(addressed, bodies, {one.id for one in found if one.verdict != CONFIRMED})
        return [replace(one, variant=self._explain(one, trial)) if one.verdict != CONFIRMED else one for one in found]

    def _explain(self, difference: Difference, trial: "_Trial") -> str | None:
        """The first choice of a variant, or two of two variants, under which it is none, and no other comes."""
        if difference.id not in self._explained:
            choices: Iterator[tuple[str, Judge]] = chain(
                self._list_others().items(), self._list_pairs(difference, trial)
            )
            self._explained[difference.id] = next(
                (choice for choice, judge in choices if trial.is_explained(choice, judge, difference)), None
            )
        return self._explained[difference.id]

    def _list_pairs(self, difference: Difference, trial: "_Trial") -> Iterator[tuple[str, Judge]]:
        """Each choice that removes the difference though others come, with each choice of another variant."""
        others = self._list_others()
        removing = [choice for choice, judge in others.items() if difference.id not in trial.find_left(choice, judge)]
        for first in removing[:_MOST_REMOVING]:
            for second in others:
                name, _, value = first.partition("=")
                other, _, more = second.partition("=")
                if other == name:
                    continue
                pair = " and ".join(sorted((first, second)))
                if pair not in self._pairs:
                    self._pairs[pair] = self._open_judge({name: value, other: more})
                yield pair, self._pairs[pair]

    def _list_others(self) -> dict[str, Judge]:
        """A judge for each choice that changes the contract."""
        if self._others is None:
            service = self._service
            self._others = {}
            for variant in service.base_contract.variants.values():
                for choice in variant.choices:
                    other = service.with_variants({variant.name: choice})
                    if other.contract is not service.contract and choice != service.variants.get(variant.name):
                        self._others[f"{variant.name}={choice}"] = self._open_judge({variant.name: choice})
        return self._others

    def _open_judge(self, variants: Mapping[str, str]) -> Judge:
        return Judge(self._service.with_variants(variants), self._create_state(variants))

    def _create_state(self, variants: Mapping[str, str]) -> Any:
        provider = self._service.provider.name
        return self._runtime.namespaces.create(NAMESPACE, variants={provider: variants}).state(provider)


class _Trial:
    """One exchange under other choices; each is tried once, because a large body may have many differences."""

    def __init__(self, addressed: Addressed, bodies: Bodies, differing: set[str]) -> None:
        self._addressed, self._bodies, self._differing = addressed, bodies, differing
        self._left: dict[str, set[str]] = {}

    def is_explained(self, choice: str, judge: Judge, difference: Difference) -> bool:
        left = self.find_left(choice, judge)
        return difference.id not in left and left < self._differing

    def find_left(self, choice: str, judge: Judge) -> set[str]:
        """The differences that are left under a choice; `unroutable` if its contract lacks the operation."""
        left = self._left.get(choice)
        if left is None:
            operation = judge.find_operation(self._addressed)
            found = () if operation is None else judge.judge(self._addressed, operation, self._bodies)
            left = {one.id for one in found if one.verdict != CONFIRMED} if operation is not None else {"unroutable"}
            self._left[choice] = left
        return left
