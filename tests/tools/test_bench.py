"""The measurements measure what they say, goals are compared the right way round, and no test asserts a time."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from paysandbox.app import create_runtime
from paysandbox.kit.settings import Settings
from paysandbox.pipeline.dispatch import dispatch
from tools.bench import goals, growth, latency, lists, starting, throughput
from tools.bench.calls import HEALTH, RESET, VIOLATIONS, payments, requests
from tools.bench.figures import Figure, Goal, figure, render_goals, render_json, render_table, share
from tools.bench.growth import FLAT, Kind, Sized
from tools.bench.inside import PROVIDER
from tools.bench.load import loaded, percentile, some
from tools.bench.plan import Plan
from tools.bench.processes import BARE, SANDBOX, SANDBOX_ON_ASYNCIO, Running, running

TINY = Plan(rounds=2, seconds=0.05, held=300, sizes=(100, 200), namespaces=(1, 3), operations=(10, 20))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    """A server whose journal keeps fifty calls."""
    with running([*SANDBOX, "--journal-entries", "50"]) as server:
        yield server


def test_a_goal_is_met_from_its_own_side() -> None:
    """At most and at least, the bound itself included."""
    assert [Goal(1.2).is_reached(value) for value in (1.1, 1.2, 1.3)] == [True, True, False]
    assert [Goal(0.5, at_least=True).is_reached(value) for value in (0.4, 0.5, 0.6)] == [False, True, True]
    assert (str(Goal(1.2)), str(Goal(0.5, at_least=True))) == ("≤ 1.2", "≥ 0.5")


def test_a_figure_is_the_median_of_its_rounds() -> None:
    """One round that went wrong does not move it; a share is of pairs, not of two medians."""
    assert figure("a", "ms", [3, 900, 2]).value == 3
    assert share("a", [10, 30, 8], [20, 30, 40]).value == 0.5
    assert figure("a", "ms", [3]).is_reached is None
    assert figure("a", "ms", [3], Goal(2)).is_reached is False


def test_the_table_says_what_was_reached() -> None:
    """A line for each figure: name, value, unit, what the rounds gave, goal, and whether it was reached."""
    lines = render_table(
        [
            figure("one", "ms", [1], Goal(2)),
            figure("two", "ms", [12345, 1, 12345], Goal(2)),
            figure("three", "µs", [0.1]),
        ]
    )
    assert [line.split() for line in lines.splitlines()[2:]] == [
        ["one", "1.000", "ms", "≤", "2", "reached"],
        ["two", "12345", "ms", "1.000", "to", "12345", "≤", "2", "not", "reached"],
        ["three", "0.100", "µs"],
    ]


def test_the_table_of_goals_has_every_goal() -> None:
    """Each with its figure, or with the option that a run needs to measure it."""
    shown = render_goals(goals.ALL, [figure("a", "times", [0.31, 0.32, 0.33], goals.VALID)])
    lines = shown.splitlines()[2:]
    assert len(lines) == len(goals.ALL)
    assert [goal.title for goal in goals.ALL] == [line.partition("  ")[0].rstrip() for line in lines]
    assert lines[0].split()[-8:] == ["0.320", "times", "0.310", "to", "0.330", "≥", "0.3", "reached"]
    assert all("not measured; needs --" in line for line in lines[1:])


def test_the_json_has_every_round_and_the_machine() -> None:
    """As much as another run needs for a comparison, and nothing that names this computer."""
    figures = [figure("one", "ms", [1, 5, 2], Goal(2))]
    written = json.loads(render_json(figures, {"curve": [(1, 2)]}, {"load_at_start": (0.5, 0.5, 0.5)}))
    assert written["figures"] == [
        {"what": "one", "figure": 2, "unit": "ms", "goal": "≤ 2", "reached": True, "rounds": [1, 5, 2]}
    ]
    assert written["curves"] == {"curve": [[1, 2]]}
    assert set(written["machine"]) == {"cores", "processor", "system", "python", "packages", "load_at_start"}
    assert set(written["machine"]["packages"]) >= {"uvicorn", "httptools", "uvloop"}


def test_a_percentile_is_a_duration_that_was() -> None:
    """The shortest that so large a part does not exceed."""
    durations = [float(one) for one in range(200, 0, -1)]
    assert (percentile(durations, 0.5), percentile(durations, 0.99), percentile([7.0], 0.99)) == (100, 198, 7)


def test_what_is_to_be_refused_is_refused_for_eleven_reasons(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run looks that up in the journal, and stops where it is not so."""
    throughput.check_refusal(sandbox)
    monkeypatch.setattr(throughput, "VIOLATIONS", VIOLATIONS + 1)
    with pytest.raises(RuntimeError, match="has 11 violations, not 12"):
        throughput.check_refusal(sandbox)


def test_the_journal_is_full_before_anything_is_measured(sandbox: Running) -> None:
    """The run stops where it would measure a journal that still grows."""
    throughput.fill_journal(sandbox, 50)
    with running([*SANDBOX, "--journal-entries", "5000"]) as other, pytest.raises(RuntimeError, match="more than 50"):
        throughput.fill_journal(other, 50)


@pytest.mark.parametrize("connections", [1, 16])
def test_a_load_counts_answers_and_stops(sandbox: Running, connections: int) -> None:
    """Each request is answered once; a load ends with its requests or with its time."""
    done = loaded(sandbox.port, some(payments(1000 * connections), 40), connections=connections, expected=b"201")
    assert (done.answered, len(done.durations)) == (40, 40)
    assert loaded(sandbox.port, payments(100_000 * connections), 0.05, connections).rate > 0


@pytest.mark.parametrize("connections", [1, 16])
def test_a_load_stops_at_an_answer_that_is_not_expected(sandbox: Running, connections: int) -> None:
    """A server that refuses fast must not pass for a fast one."""
    with pytest.raises(RuntimeError, match="not as expected"):
        loaded(sandbox.port, some(iter([HEALTH] * 1000), 1000), connections=connections, expected=b"201")


def test_a_waiting_client_is_timed_between_resets(sandbox: Running) -> None:
    """Of each turn the reset and the first hundred payments are left out."""
    durations = latency.waited(sandbox, RESET, payments(900_000_000), 0)
    assert len(durations) == latency.FEW
    (entry,) = sandbox.read("/_sandbox/namespaces/default/requests?limit=1")["requests"]
    assert entry["status"] == 201


@pytest.mark.parametrize("command", [BARE, SANDBOX_ON_ASYNCIO])
def test_every_server_is_served(command: list[str]) -> None:
    """The ceiling and the sandbox on asyncio answer a payment; a processor has worked for them."""
    with running(command) as server:
        assert loaded(server.port, some(payments(0), 3), expected=b"201").answered == 3
        assert server.busy() > 0
        assert server.memory() > 1


def test_an_embedded_start_is_timed() -> None:
    """The import and what follows it, both in seconds."""
    imported, answered = starting.embedded()
    assert imported > 0
    assert answered > 0


def test_growth_is_the_largest_against_the_smallest() -> None:
    """By the least that the rounds gave, so that other programs' work is no growth."""
    kind = Kind(Sized("a call", "records"), {10: [2.0, 4.0], 100: [9.0, 3.0]})
    assert kind.curve() == [(10, 2), (100, 3)]
    assert kind.figure() == Figure("a call: 100 records against 10", 1.5, "times", (4.5, 0.75), FLAT)


@pytest.mark.parametrize("measured", [growth.measured, lists.measured])
def test_every_kind_of_growth_is_measured(measured: Callable[[Plan], list[Kind]]) -> None:
    """All sizes in all rounds; a call that is not carried out stops the run."""
    for kind in measured(TINY):
        assert [len(values) for values in kind.rounds.values()] == [TINY.rounds, TINY.rounds]
        assert kind.figure().value > 0


def test_tables_are_filled_to_their_size() -> None:
    """With records that a list then shows: its first page is full."""
    for name, one in lists.LISTINGS.items():
        runtime = create_runtime()
        growth.fill(runtime, one.provider, one.table, one.made, 120)
        assert len(list(runtime.namespaces.get("default").state(one.provider).table(one.table).records())) == 120, name


def test_every_list_shows_a_full_page() -> None:
    """Of what it was filled with; only the last page has what is left, and a number names one debt."""
    pages = {}
    for name, one in lists.LISTINGS.items():
        said = json.loads(lists.listing(one, 300)())
        rows = said if isinstance(said, list) else next(part for part in said.values() if isinstance(part, list))
        pages[name] = len(rows)
    assert pages == {
        "CRM.COM payments/list": 100,
        "Invoiless payments of an invoice": lists.PER_PAGE,
        "Invoiless payments of an invoice, the last page": 34,
        "Invoiless invoices": 50,
        "InvoiceXpress invoices": 10,
        "Invisible Collector debts of a number": 1,
    }


def test_a_full_journal_is_full() -> None:
    """It keeps as many entries as it may, and the state is as it was."""
    runtime = create_runtime(settings=Settings(journal_entries=20))
    growth.fill_journal(runtime, 20)
    namespace = runtime.namespaces.get("default")
    assert (len(namespace.journal), namespace.journal.evicted) == (20, 1)
    assert not namespace.diff("fixtures")


def test_what_is_measured_inside_is_carried_out() -> None:
    """The valid payment is answered 201."""
    runtime = create_runtime()
    for one in islice(requests(0), 3):
        assert dispatch(one, runtime.services[PROVIDER], runtime.namespaces.get("default")).status == 201


def test_a_chart_is_drawn(tmp_path: Path) -> None:
    """With the titles of its axes and the names of its lines, and no script."""
    pytest.importorskip("leather")
    from tools.charts import line_chart  # noqa: PLC0415 - only where charts can be drawn

    lines = {"a line": [(1, 2), (100, 3)], "another": [(10, 1), (1000, 1)], "one without points": []}
    line_chart(tmp_path / "a.svg", "A title", "size", "cost", lines, log_x=True)
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(part in drawn for part in (">A title<", ">size<", ">cost<", ">a line<", ">another<", ">1,000<"))
    assert "<script" not in drawn
    with pytest.raises(ValueError, match="wants points"):
        line_chart(tmp_path / "b.svg", "A title", "size", "cost", {"one without points": []})
