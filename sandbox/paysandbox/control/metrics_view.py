"""Metrics in the text format of Prometheus."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from paysandbox.kit.metrics import Figures, StoreFigures
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import MEMORY
from paysandbox.store.log.condition import Condition
from paysandbox.store.tally import BOUNDS, DROPPED, Row, count_all, sum_rows

Labels = Mapping[str, str]

_NONE = "none"  # an empty label is no label in Prometheus
_SECOND = 9  # decimal places of nanoseconds


def render_metrics(runtime: Runtime, figures: Figures) -> str:
    """Render all metrics of a sandbox."""
    engine = MEMORY if runtime.replication is None else runtime.replication.log.engine
    lines = [
        *_render("info", "gauge", "Version of the sandbox, and the engine of its store.",
                 [({"version": runtime.version, "store": engine}, "1")]),
        *_render("start_time_seconds", "gauge", "Unix time at which the sandbox was started.",
                 [({}, f"{runtime.started.timestamp():.3f}")]),
        *_render("calls_total", "counter", "Calls of providers, by operation, status of the reply, and refusal.",
                 _list_calls(figures)),
        *_render_histograms("call_duration_seconds", "Time to answer a call, without the store's and a fault's delay.",
                            _list_durations(figures)),
        *_render("namespaces", "gauge", "Namespaces in memory; with workers, those of each.",
                 [({}, str(figures.namespaces))]),
        *_render("journal_bytes", "gauge", "Approximate bytes of all journals in memory; with workers, those of each.",
                 [({}, str(figures.journal_bytes))]),
    ]  # fmt: skip
    if figures.store is not None and runtime.replication is not None:
        lines += _render_store(figures.store, runtime.replication.condition)
    return "\n".join([*lines, ""])


def _render_store(store: StoreFigures, condition: Condition) -> Iterator[str]:
    yield from _render("store_up", "gauge", "Whether the store answers, 1 or 0.", [({}, str(int(condition.answers)))])
    writes = int(condition.refusal is None)
    yield from _render("store_writable", "gauge", "Whether the store takes what calls change.", [({}, str(writes))])
    yield from _render_histograms(
        "store_duration_seconds",
        "Round trips to the store: appends of what a call has changed, and reads of what others have.",
        [({"operation": "append"}, store.appends), ({"operation": "read"}, store.reads)],
    )
    yield from _render(
        "store_conflicts_total",
        "counter",
        "Appends that another worker was faster than.",
        [({}, str(store.conflicts))],
    )
    yield from _render(
        "store_retries_total",
        "counter",
        "Calls that were made again, because the log had entries that their process had not read.",
        [({}, str(store.retries))],
    )
    yield from _render(
        "store_errors_total", "counter", "Round trips that the store has failed.", [({}, str(store.errors))]
    )


def _list_calls(figures: Figures) -> Iterator[tuple[Labels, str]]:
    for provider, operation, status, is_refused in sorted(figures.calls, key=repr):
        labels = {
            "provider": provider or _NONE,
            "operation": operation or _NONE,
            "status": _NONE if status is None else str(status),
            "refused": str(is_refused).lower(),
        }
        yield labels, str(count_all(figures.calls[provider, operation, status, is_refused]))


def _list_durations(figures: Figures) -> Iterator[tuple[Labels, Row]]:
    by_provider: defaultdict[str, list[Row]] = defaultdict(list)
    for (provider, *_), row in figures.calls.items():
        if provider != DROPPED:
            by_provider[provider or _NONE].append(row)
    for provider in sorted(by_provider):
        yield {"provider": provider}, sum_rows(by_provider[provider])


def _render(name: str, kind: str, says: str, samples: Iterable[tuple[Labels, str]]) -> Iterator[str]:
    yield f"# HELP paysandbox_{name} {says}"
    yield f"# TYPE paysandbox_{name} {kind}"
    for labels, value in samples:
        yield f"paysandbox_{name}{_render_labels(labels)} {value}"


def _render_histograms(name: str, says: str, rows: Iterable[tuple[Labels, Row]]) -> Iterator[str]:
    yield f"# HELP paysandbox_{name} {says}"
    yield f"# TYPE paysandbox_{name} histogram"
    for labels, row in rows:
        seen = 0
        for bound, count in zip((*map(_write_seconds, BOUNDS), "+Inf"), row[:-1], strict=True):
            seen += count
            yield f"paysandbox_{name}_bucket{_render_labels({**labels, 'le': bound})} {seen}"
        yield f"paysandbox_{name}_sum{_render_labels(labels)} {_write_seconds(row[-1])}"
        yield f"paysandbox_{name}_count{_render_labels(labels)} {seen}"


def _render_labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}" if labels else ""


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _write_seconds(nanoseconds: int) -> str:
    """Write nanoseconds as seconds, exactly and without needless zeros."""
    whole, rest = divmod(nanoseconds, 10**_SECOND)
    return f"{whole}.{rest:0{_SECOND}d}".rstrip("0").rstrip(".")
