"""The report of a replay: a score for each operation, and the first difference of each."""

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from paysandbox.coverage.report import clean_text
from paysandbox.evidence.replaying import Replay, Result
from paysandbox.evidence.reports import add_notices, count


class Score(NamedTuple):
    """How many replies of an operation agree, of those compared; `first` is the first that differs."""

    provider: str
    operation: str
    agreed: int
    compared: int
    skipped: int
    first: Result | None

    @property
    def percent(self) -> Decimal | None:
        """With one digit, rounded down; None if nothing was compared."""
        if not self.compared:
            return None
        return (Decimal(100 * self.agreed) / self.compared).quantize(Decimal("0.1"), ROUND_DOWN)


def sum_scores(replay: Replay) -> list[Score]:
    """A score for each operation, in the order of their first exchange."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in replay.results:
        groups.setdefault((result.provider, result.operation), []).append(result)
    return [
        Score(
            provider,
            operation,
            sum(one.skipped is None and one.mismatch is None for one in results),
            sum(one.skipped is None for one in results),
            sum(one.skipped is not None for one in results),
            next((one for one in results if one.mismatch is not None), None),
        )
        for (provider, operation), results in groups.items()
    ]


def render_text(replay: Replay) -> str:
    """The report for a terminal, with the sum of all as the last line."""
    return "\n".join(_list_lines(replay))


def _list_lines(replay: Replay) -> Iterator[str]:
    yield f"{', '.join(replay.files)}: {count(len(replay.results), 'exchange')} replayed"
    yield from (f"  ignored: {number} of {clean_text(reason)}" for reason, number in replay.ignored.items())
    yield from (f"  {clean_text(notice)}" for notice in replay.notices)
    scores = sum_scores(replay)
    for score in scores:
        percent = "not compared" if score.percent is None else f"{score.percent} %"
        skipped = f", {score.skipped} not compared" if score.skipped and score.compared else ""
        yield f"  {score.provider} {score.operation}: {percent} ({score.agreed} of {score.compared} agree{skipped})"
        if score.first is not None and score.first.mismatch is not None:
            kind, pointer, message = score.first.mismatch
            where = f"{kind} {pointer}".rstrip()
            yield f"    {score.first.place}: {clean_text(where)}: {clean_text(message)}"
    for reason, number in count_skipped(replay).items():
        yield f"  not compared: {number}, because {clean_text(reason)}"
    yield render_verdict(replay)


def render_verdict(replay: Replay) -> str:
    """The sum of all scores in one line."""
    scores = sum_scores(replay)
    agreed, compared = sum(score.agreed for score in scores), sum(score.compared for score in scores)
    return f"{agreed} of {compared} {'reply agrees' if compared == 1 else 'replies agree'} with the recording."


def count_skipped(replay: Replay) -> Counter[str]:
    """Why replies were not compared, with how many."""
    return Counter(one.skipped for one in replay.results if one.skipped is not None)


def build_junit(replay: Replay) -> ET.Element:
    """A suite for each provider and a case for each operation, which fails with all of its differences."""
    root = ET.Element("testsuites", name="paysandbox replay")
    scores = sum_scores(replay)
    for provider in dict.fromkeys(score.provider for score in scores):
        suite = ET.SubElement(root, "testsuite", name=provider)
        for score in scores:
            if score.provider == provider:
                _add_case(suite, score, replay)
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
        suite.set("errors", "0")
    add_notices(root, replay.notices)
    return root


def _add_case(suite: ET.Element, score: Score, replay: Replay) -> None:
    case = ET.SubElement(suite, "testcase", classname=score.provider, name=score.operation)
    case.set("assertions", str(score.compared))
    results = [one for one in replay.results if (one.provider, one.operation) == (score.provider, score.operation)]
    texts = [
        clean_text(f"{one.place}: {f'{one.mismatch.kind} {one.mismatch.pointer}'.rstrip()}: {one.mismatch.message}")
        for one in results
        if one.mismatch is not None
    ]
    if texts and score.first is not None and score.first.mismatch is not None:
        failure = ET.SubElement(case, "failure", message=texts[0], type=score.first.mismatch.kind)
        failure.text = "\n".join(texts)
    elif not score.compared:
        reasons = dict.fromkeys(clean_text(one.skipped) for one in results if one.skipped is not None)
        ET.SubElement(case, "skipped", message="; ".join(reasons))


def render_junit(replay: Replay) -> str:
    document: bytes = ET.tostring(build_junit(replay), encoding="utf-8", xml_declaration=True)
    return document.decode()


def render_json(replay: Replay) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "files": list(replay.files),
        "ignored": dict(replay.ignored),
        "notices": replay.notices,
        "operations": [
            {
                "provider": score.provider,
                "operation": score.operation,
                "agreed": score.agreed,
                "compared": score.compared,
                "skipped": score.skipped,
                "percent": score.percent,
                "first": _view_first(score.first),
            }
            for score in sum_scores(replay)
        ],
        "exit_code": replay.exit_code,
    }


def _view_first(result: Result | None) -> dict[str, Any] | None:
    if result is None or result.mismatch is None:
        return None
    return {"place": result.place, **result.mismatch._asdict()}
