"""The contract suites against two workers over one store: every API keeps its contract there, whoever answers."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
import pytest

from paysandbox.check.profiles import PROFILES
from paysandbox.check.reports import render_summary
from paysandbox.check.runner import CheckRequest, run_check
from paysandbox.kit.runtime import CONTROL
from tests.conformance.subject import names
from tests.helpers.raw_http import Address
from tests.system.concurrency.live import serving_over

DEPTH: Final = msgspec.structs.replace(PROFILES["quick"], cases=10, seconds=900)  # no test fails on a time

pytestmark = pytest.mark.sweep


@pytest.fixture(scope="module", params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def two_workers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving_over(request.param, tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.mark.parametrize("name", names())
def test_each_api_keeps_its_contract_over_two_workers(two_workers: Address, name: str) -> None:
    """Only `reload` is refused whatever is sent, which the report says without a finding."""
    host, port = two_workers
    request = CheckRequest(
        url=f"http://{host}:{port}", provider_names=[name], depth=DEPTH, credentials={}, environment={}
    )
    report = run_check(request, lambda _: None)
    (run,) = report.runs
    summary = render_summary(report)
    assert (run.findings, run.errors) == ([], []), summary
    assert [found.operation for found in run.unreached] == (["reload"] if name == CONTROL else [])
    if name == CONTROL:
        assert re.search(r"control reload: none of \d+ valid requests succeeded: 422 to \d+\n", summary)
        assert "takes no files over" in summary
