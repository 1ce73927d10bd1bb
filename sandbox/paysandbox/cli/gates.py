"""The gates of `paysandbox exec`: which of its --fail options apply at the end."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import click

from paysandbox.coverage.report import sum_subjects
from paysandbox.kit.advice_log import AdviceLog
from paysandbox.kit.runtime import Runtime

_THRESHOLD: Final = re.compile(r"(?:([a-z][a-z0-9_]*)=)?([0-9]+(?:\.[0-9]+)?)")
_WHOLE: Final = 100


class Threshold(NamedTuple):
    """The least coverage in percent, of one provider or of all together (None)."""

    provider: str | None
    percent: Decimal

    def __str__(self) -> str:
        return f"{self.percent:f}" if self.provider is None else f"{self.provider}={self.percent:f}"


def read_thresholds(given: Sequence[str]) -> list[Threshold]:
    """Read thresholds such as `80` and `invoiless=80`.

    Raises:
        click.BadParameter: with the form of a threshold.
    """
    found = []
    for text in given:
        match = _THRESHOLD.fullmatch(text)
        if match is None or Decimal(match[2]) > _WHOLE:
            raise click.BadParameter(
                f"{text!r} is not a percentage from 0 to 100, such as 80 or invoiless=80", param_hint="--fail-under"
            )
        found.append(Threshold(match[1], Decimal(match[2])))
    return found


def check_thresholds(thresholds: Sequence[Threshold], runtime: Runtime) -> None:
    """Refuse a threshold of a provider that is not served.

    Raises:
        click.BadParameter: with the providers.
    """
    for threshold in thresholds:
        if threshold.provider is not None and threshold.provider not in runtime.services:
            known = ", ".join(runtime.services)
            raise click.BadParameter(
                f"there is no provider {threshold.provider!r}; there are {known}", param_hint="--fail-under"
            )


def _count_calls(count: int) -> str:
    return f"{count} {'call was' if count == 1 else 'calls were'}"


def find_failures(
    fail_on: Sequence[str], thresholds: Sequence[Threshold], runtime: Runtime, advice: AdviceLog | None
) -> Iterator[str]:
    """Yield each gate that closes, with its reason; `advice` is None if it closes none."""
    if advice is not None and advice.calls:
        yield f"--fail-on advice: {len(advice.calls)} {'call has' if len(advice.calls) == 1 else 'calls have'} advice"
    budget = runtime.namespaces.budget
    refused = budget.refused - budget.expected
    if "refused" in fail_on and refused:
        but = f" ({budget.expected} more as expected)" if budget.expected else ""
        yield f"--fail-on refused: {_count_calls(refused)} refused{but}"
    if "refused" in fail_on and budget.accepted:
        yield f"--fail-on refused: {_count_calls(budget.accepted)} not refused, though that was expected"
    subjects = runtime.list_coverage_subjects(runtime.namespaces.sum_counts())
    for threshold in thresholds:
        if threshold.provider is None:
            what, percent = "contract coverage", sum_subjects(subjects).percent
        else:
            what = f"coverage of {threshold.provider}"
            percent = sum_subjects([subject for subject in subjects if subject[0] == threshold.provider]).percent
        if percent < threshold.percent:
            yield f"--fail-under {threshold}: {what} is {percent} %"
