"""Reports of coverage: which units of the contracts some calls exercised, as JSON, text, JUnit XML and a page.

A `Subject` is a provider's name and title, the units of its contract, and how many calls exercised each of them; a unit
that is not counted was exercised by none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from html import escape
from itertools import groupby
from operator import attrgetter
from string import Template
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

from sandbox.contract.coverage import KINDS, Unit
from sandbox.contract.provenance import GRADES

Subject = tuple[str, str, Sequence[Unit], Mapping[str, int]]

WIDTH: Final = 100

_CALLED: Final = {
    "operation": "operations",
    "status": "statuses",
    "enum": "enum values",
    "default": "defaults",
    "rule": "rules",
}

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>paysandbox coverage: $percent %</title>
<style>
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --soft: #8882; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --warn: #d29922; --bad: #ff7b72; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
.figure { font-size: 3rem; line-height: 1.2; font-variant-numeric: tabular-nums; margin: 1rem 0 0; }
.about { color: #888; margin: 0; }
progress { width: 100%; height: .8rem; accent-color: var(--good); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem; margin: 1.5rem 0; }
.cards > section { background: var(--soft); border-radius: .3rem; padding: .8rem 1rem; }
.cards h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 1fr auto; margin: .4rem 0 0; font-size: .9rem; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
tbody th { padding-top: 1.2rem; }
thead { font-size: .85rem; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td small { display: block; color: #888; }
.missed { color: var(--bad); }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; white-space: nowrap; }
.documented { color: var(--good); }
.observed { color: var(--warn); }
.assumed { color: #888; }
@media (max-width: 40rem) { th, td { padding: .3rem; } .figure { font-size: 2.2rem; } }
</style>
</head>
<body>
<h1>Coverage of the contracts</h1>
<p class="figure">$percent %</p>
<progress max="$most" value="$exercised" aria-label="Exercised units"></progress>
<p class="about">$exercised of $total units were exercised by at least one call.</p>
<div class="cards">
$cards
</div>
$tables
</body>
</html>
""")


class _Sum(NamedTuple):
    """How many of some units were exercised."""

    exercised: int
    total: int

    @property
    def percent(self) -> Decimal:
        """With one digit, rounded down: only what is whole is called 100."""
        if not self.total:
            return Decimal("100.0")
        return (Decimal(100 * self.exercised) / self.total).quantize(Decimal("0.1"), ROUND_DOWN)

    def __str__(self) -> str:
        return f"{self.exercised} of {self.total}"

    def as_json(self) -> dict[str, Any]:
        """As members of an object."""
        return {"percent": self.percent, "exercised": self.exercised, "total": self.total}


def as_json(subjects: Sequence[Subject]) -> dict[str, Any]:
    """All sums and all units, in the order given; percentages are Decimal with one digit."""
    return _whole(subjects).as_json() | {
        "providers": [
            {"name": name, **_sum(units, counts).as_json()}
            | {"kinds": [{"kind": kind, **found.as_json()} for kind, found in _kinds(units, counts)]}
            for name, _, units, counts in subjects
        ],
        "units": [
            {
                "id": unit.id,
                "kind": unit.kind,
                "provider": name,
                "operation": unit.operation,
                "provenance": unit.provenance,
                "says": unit.says,
                "exercised": counts.get(unit.id, 0),
            }
            for name, _, units, counts in subjects
            for unit in units
        ],
    }


def as_text(subjects: Sequence[Subject]) -> str:
    """A report for a terminal: sums, and what was not exercised by operation, documented units first.

    A provider that no call went to is told in one line.
    """
    whole = _whole(subjects)
    lines = [f"Coverage of the contracts: {whole.percent} % ({whole} units)"]
    for name, title, units, counts in subjects:
        found = _sum(units, counts)
        lines += ["", f"{_clean(title)} ({_clean(name)}): {found.percent} % ({found} units)"]
        if not found.exercised and units:
            lines.append("  No call exercised any of them.")
            continue
        lines += [f"  {_CALLED[kind]:12} {of_kind}" for kind, of_kind in _kinds(units, counts)]
        missed = [unit for unit in units if not counts.get(unit.id)]
        lines += ["  Not exercised:"] if missed else []
        for operation, together in groupby(missed, attrgetter("operation")):
            lines.append(f"    {_clean(operation)}")
            lines += [
                f"      {_clean(_told(unit))}"
                for unit in sorted(together, key=lambda one: GRADES.index(one.provenance))
            ]
    return "".join(f"{line if len(line) <= WIDTH else line[: WIDTH - 1] + '…'}\n" for line in lines)


def as_junit(subjects: Sequence[Subject]) -> str:
    """JUnit XML: one suite for each provider, one case for each unit; what was not exercised is skipped."""
    root = ET.Element("testsuites", name="paysandbox coverage")
    for name, _, units, counts in subjects:
        suite = ET.SubElement(root, "testsuite", name=_clean(name), failures="0", errors="0")
        for unit in units:
            case = ET.SubElement(
                suite, "testcase", classname=_clean(f"{name}.{unit.operation}"), name=_clean(_name(unit))
            )
            if not counts.get(unit.id):
                why = f"not exercised ({unit.provenance}){': ' if unit.says else ''}{unit.says or ''}"
                ET.SubElement(case, "skipped", message=_clean(why))
        suite.set("tests", str(len(units)))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode()


def as_html(subjects: Sequence[Subject]) -> str:
    """One page that needs nothing else: headline figures, a bar for each provider, and all units by operation."""
    whole = _whole(subjects)
    return _PAGE.substitute(
        percent=whole.percent,
        exercised=whole.exercised,
        total=whole.total,
        most=max(whole.total, 1),
        cards="\n".join(map(_card, subjects)),
        tables="\n".join(map(_table, subjects)),
    )


def _card(subject: Subject) -> str:
    name, title, units, counts = subject
    found = _sum(units, counts)
    kinds = "".join(f"<dt>{_CALLED[kind]}</dt><dd>{of_kind}</dd>" for kind, of_kind in _kinds(units, counts))
    return f"""<section><h2>{_html(title)}</h2>
<p class="about">{found.percent} %, {found} units</p>
<progress max="{max(found.total, 1)}" value="{found.exercised}" aria-label="{_html(name)}"></progress>
<dl>{kinds}</dl></section>"""


def _table(subject: Subject) -> str:
    _, title, units, counts = subject
    bodies = []
    for operation, together in groupby(units, attrgetter("operation")):
        of_operation = list(together)
        head = f'{_html(operation)} <span class="about">{_sum(of_operation, counts)}</span>'
        rows = "\n".join(_row(unit, counts.get(unit.id, 0)) for unit in of_operation)
        bodies.append(f'<tbody><tr><th colspan="3" scope="rowgroup">{head}</th></tr>\n{rows}</tbody>')
    return f"""<h2>{_html(title)}</h2>
<table><thead><tr><th>Unit</th><th>Provenance</th><th>Calls</th></tr></thead>
{"".join(bodies)}</table>"""


def _row(unit: Unit, calls: int) -> str:
    says = f"<small>{_html(unit.says)}</small>" if unit.says else ""
    badge = f'<span class="badge {_html(unit.provenance)}">{_html(unit.provenance)}</span>'
    count = f"<td>{calls}</td>" if calls else '<td class="missed">none</td>'
    return f"<tr><td>{_html(_name(unit))}{says}</td><td>{badge}</td>{count}</tr>"


def _sum(units: Iterable[Unit], counts: Mapping[str, int]) -> _Sum:
    exercised = [counts.get(unit.id, 0) > 0 for unit in units]
    return _Sum(sum(exercised), len(exercised))


def _whole(subjects: Sequence[Subject]) -> _Sum:
    found = [_sum(units, counts) for _, _, units, counts in subjects]
    return _Sum(sum(one.exercised for one in found), sum(one.total for one in found))


def _kinds(units: Sequence[Unit], counts: Mapping[str, int]) -> Iterator[tuple[str, _Sum]]:
    """The sum of each kind of which there are units."""
    for kind in KINDS:
        found = _sum((unit for unit in units if unit.kind == kind), counts)
        if found.total:
            yield kind, found


def _name(unit: Unit) -> str:
    """A unit as it is called below its operation."""
    return unit.id.removeprefix(unit.operation).lstrip() or "the operation itself"


def _told(unit: Unit) -> str:
    """A unit in one line, marked if it is not documented."""
    doubt = "" if unit.provenance == GRADES[0] else f" ({unit.provenance})"
    return f"{_name(unit)}{doubt}{': ' if unit.says else ''}{unit.says or ''}"


def _clean(text: str) -> str:
    """The text in one line, without characters that XML cannot hold or that a terminal would obey."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in " ".join(text.split()))


def _html(text: str) -> str:
    return escape(_clean(text))
