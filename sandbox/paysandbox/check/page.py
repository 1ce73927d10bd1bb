"""Render a report as one self-contained HTML page."""

from html import escape
from string import Template
from typing import Final

from paysandbox.check.results import Finding, Report, Run, Tally

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>paysandbox check: $verdict</title>
<style>
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
.verdict { border-left: .4rem solid var(--$colour); background: var(--soft); padding: .8rem 1rem; margin: 1.5rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.about { color: #888; margin: 0; }
.bad { color: var(--bad); }
.good { color: var(--good); }
article { border: 1px solid var(--line); border-left: .4rem solid var(--bad); border-radius: .3rem; padding: .8rem 1rem;
  margin: 1rem 0; }
article h3 { font-size: 1rem; margin: 0 0 .4rem; }
.says { white-space: pre-wrap; overflow-wrap: anywhere; }
blockquote { margin: .6rem 0; padding-left: .8rem; border-left: .2rem solid var(--line); }
pre { background: var(--soft); padding: .6rem .8rem; border-radius: .3rem; overflow-x: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: .6rem 0 0; font-size: .85rem; }
</style>
</head>
<body>
<h1>paysandbox check</h1>
<p class="about">$target · $depth depth · Paysandbox $version · $at</p>
<p class="verdict">$verdict</p>
$runs
</body>
</html>
""")


def render_page(report: Report, verdict: str) -> str:
    """The whole page; `verdict` is its headline."""
    return _PAGE.substitute(
        verdict=escape(verdict),
        colour="bad" if report.exit_code else "good",
        target=escape(report.target),
        depth=report.depth,
        version=escape(report.version),
        at=escape(report.at),
        runs="\n".join(map(_render_run, report.runs)),
    )


def _render_run(run: Run) -> str:
    rows = "\n".join(_render_row(run, name, tally) for name, tally in run.operations.items())
    phases = ", ".join(f"{count} {escape(name)}" for name, count in run.phases.items())
    errors = "".join(f'<p class="bad">Not finished: {escape(error)}</p>' for error in run.errors)
    more = sum(run.more.values())
    return f"""<h2>{escape(run.provider)}</h2>
<p class="about">{sum(run.phases.values())} cases in {run.seconds} s ({phases}), {sum(run.checks.values())} verdicts of
{len(run.checks)} checks</p>
<table><thead><tr><th>Operation</th><th class="number">Cases</th><th class="number">Valid</th>
<th class="number">Succeeded</th><th>Findings</th></tr></thead>
<tbody>{rows}</tbody></table>
{errors}{_render_apart(run)}
{"".join(map(_render_finding, run.findings))}{f"<p>… and {more} more of the same kinds.</p>" if more else ""}"""


def _render_apart(run: Run) -> str:
    """Return the questions to the vendor and the unreached operations, which are not findings."""
    questions = "".join(
        f"<li>{escape(question.operation)}: {escape(question.says)} <q>{escape(question.sentence)}</q></li>"
        for question in run.questions
    )
    unreached = "".join(
        f"<li>{escape(found.operation)}: {escape(found.says)}. {escape(found.help)}</li>" for found in run.unreached
    )
    return (f"<h3>Questions to the vendor</h3><ul>{questions}</ul>" if questions else "") + (
        f"<h3>Not reached</h3><ul>{unreached}</ul>" if unreached else ""
    )


def _render_row(run: Run, name: str, tally: Tally) -> str:
    count = sum(finding.operation == name for finding in run.findings)
    found = f'<td class="bad">{count}</td>' if count else '<td class="good">none</td>'
    numbers = "".join(
        f'<td class="number">{number}</td>' for number in (tally.cases, tally.positive, tally.carried_out)
    )
    return f"<tr><td>{escape(name)}</td>{numbers}{found}</tr>"


def _render_finding(finding: Finding) -> str:
    curl = f"<pre>{escape(finding.curl)}</pre>" if finding.curl else ""
    title = f'{escape(finding.operation)}: {escape(finding.check)} <span class="about">({escape(finding.phase)})</span>'
    return f"""<article><h3>{title}</h3>
<div class="says">{escape(finding.says)}</div><blockquote>{escape(finding.sentence)}</blockquote>{curl}</article>"""
