"""A long check is not silent for long."""

from paysandbox.check.progress import SILENCE, Progress


def test_a_sign_of_life_comes_only_after_silence() -> None:
    now, told = [0], list[str]()
    progress = Progress(told.append, lambda: now[0])
    for seconds in (1, SILENCE - 2, 2, 1, SILENCE):
        now[0] += seconds
        progress.count("createPayment")
    assert told == ["3 requests so far, now createPayment", "5 requests so far, now createPayment"]


def test_any_line_is_a_sign_of_life() -> None:
    now, told = [0], list[str]()
    progress = Progress(told.append, lambda: now[0])
    now[0] = SILENCE
    progress.tell("coverage: POST /payments: 9 cases, success")
    now[0] += SILENCE - 1
    progress.count("createPayment")
    assert told == ["coverage: POST /payments: 9 cases, success"]
