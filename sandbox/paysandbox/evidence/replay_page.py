"""A replay's report as one self-contained page, in the style of the other reports."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from paysandbox.core.messages import Reply
from paysandbox.coverage.report import clean_text
from paysandbox.evidence.replay_report import Score, count_skipped, render_verdict, sum_scores
from paysandbox.evidence.replaying import Replay
from paysandbox.html.rendering import render_template


def render_page(replay: Replay) -> Reply:
    """Render the page, which can be saved as a file."""
    scores = sorted(sum_scores(replay), key=lambda score: score.provider)
    return render_template(
        "evidence/replay.html",
        scripts=(),
        command="replay",
        verdict=render_verdict(replay),
        is_good=not replay.exit_code,
        files=[clean_text(name) for name in replay.files],
        ignored=[(clean_text(reason), number) for reason, number in replay.ignored.items()],
        reasons=[(clean_text(reason), number) for reason, number in count_skipped(replay).items()],
        notices=[clean_text(notice) for notice in replay.notices],
        providers=[
            (provider, [_view(score) for score in of_provider])
            for provider, of_provider in groupby(scores, key=lambda score: score.provider)
        ],
    )


def _view(score: Score) -> Mapping[str, Any]:
    first = None
    if score.first is not None and score.first.mismatch is not None:
        kind, pointer, message = score.first.mismatch
        first = {
            "place": clean_text(score.first.place),
            "where": clean_text(f"{kind} {pointer}".rstrip()),
            "message": clean_text(message),
        }
    return {
        "operation": score.operation,
        "agreed": score.agreed,
        "compared": score.compared,
        "skipped": score.skipped,
        "score": "not compared" if score.percent is None else f"{score.percent} %",
        "first": first,
    }
