"""Calls are measured beside open pages, whose streams are really read."""

import os

import pytest

from tools.bench import console
from tools.bench.calls import payments
from tools.bench.load import loaded, some
from tools.bench.plan import Plan
from tools.bench.processes import SANDBOX, running


def test_each_number_of_pages_has_its_rows() -> None:
    before = os.sched_getaffinity(0)
    figures = {figure.what: figure for figure in console.measured(Plan(rounds=1, seconds=0.05))}
    assert os.sched_getaffinity(0) == before
    for pages in console.PAGES:
        assert figures[f"valid POST, {pages} open pages: rate"].value > 0
        assert figures[f"valid POST, {pages} open pages: processor"].value > 0
    assert {f"valid POST, {pages} open pages against none: rate" for pages in (1, 20)} <= figures.keys()


def test_streams_are_open_while_they_are_measured_and_closed_afterwards() -> None:
    with running(SANDBOX) as server:
        with console.open_streams(server, 3):
            assert loaded(server.port, some(payments(0), 5), expected=b"201").answered == 5
        with pytest.raises(RuntimeError, match="not as expected"):
            loaded(server.port, some(payments(0), 1), expected=b"500")
