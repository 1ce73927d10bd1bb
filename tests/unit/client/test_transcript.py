"""The transcript: the journal's entries as text that a failing test shows."""

from typing import Any

import pytest

from paysandbox.client.transcript import render_transcript


def entry(number: int = 1, **members: Any) -> dict[str, Any]:
    """An entry of a journal, as the control plane shows it; only what a transcript reads."""
    return {
        "id": f"till-{number}",
        "provider": "piggybank",
        "method": "POST",
        "url": "/coins?key=***",
        "status": 200,
        "refused": False,
        "explanation": None,
        "advice": [],
        "fault": None,
        **members,
    }


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([], ""),
        ([entry()], "POST /coins?key=*** -> 200  (piggybank, till-1)"),
        (
            [entry(status=422, refused=True, explanation="too much", advice=["pay less"])],
            "POST /coins?key=*** -> 422 refused  (piggybank, till-1)\n    why: too much\n    advice: pay less",
        ),
        (
            [entry(status=None, fault={"id": "fault-1", "then": {"drop": "before"}})],
            "POST /coins?key=*** -> no reply  (piggybank, till-1)\n    fault: fault-1 fired: drop before",
        ),
        ([entry(2)], "(1 earlier call is not shown)\nPOST /coins?key=*** -> 200  (piggybank, till-2)"),
    ],
)
def test_it_says_what_was_called_what_came_and_why(entries: list[dict[str, Any]], says: str) -> None:
    """Nothing where nothing was called."""
    assert render_transcript(entries) == says


def test_long_explanations_are_wrapped_and_kept_whole() -> None:
    """Within 100 columns, indented under their call."""
    explanation = "a sentence of the vendor's documentation " * 20
    _, *lines = render_transcript([entry(refused=True, explanation=explanation)]).splitlines()
    assert " ".join(line.strip() for line in lines) == f"why: {explanation.strip()}"
    assert all(line.startswith("    ") and len(line) <= 100 for line in lines)
