"""Hold recordings against the contracts: masked, sorted by provider, judged exchange by exchange, and added up."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from paysandbox.control.exchange_masking import ExchangeMasker
from paysandbox.judging.differences import Difference, Drift, add_up
from paysandbox.judging.traffic import Addressed, mask_addressed, sort_traffic
from paysandbox.judging.variant_judge import VariantJudge
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Log
from paysandbox.recordings.files import RecordingFile, choose_files
from paysandbox.recordings.reading import read_recording


def run_drift(paths: Sequence[Path | RecordingFile], runtime: Runtime, provider: str | None = None) -> Drift:
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


def read_traffic(
    paths: Sequence[Path | RecordingFile], runtime: Runtime, provider: str | None, drift: Drift
) -> Iterator[Addressed]:
    """Yield the exchanges with providers, without credentials; note in the drift what else the files have.

    A recording that is named twice is read once.

    Raises:
        UnreadableRecording: a file is missing, or is no recording.
    """
    for file in choose_files(paths, drift.notices):
        log = Log()
        maskers: dict[str, ExchangeMasker] = {}
        for addressed in sort_traffic(read_recording(file, log), runtime, provider, drift.ignored):
            at = addressed.exchange.at
            if at is not None and (drift.latest is None or at.date() > drift.latest):
                drift.latest = at.date()
            yield mask_addressed(addressed, runtime, maskers)
        drift.ignored.update(log.skipped)
        drift.notices += log.notices
