"""Render a report: text for a terminal, JUnit XML for CI, and one HTML page."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import msgspec

from paysandbox.check.findings import NAME, group_by_call
from paysandbox.check.page import list_notices, render_page
from paysandbox.check.results import Finding, PlannedRequest, Report, Run, Tally
from paysandbox.check.verdicts import printable

SHOWN: Final = 10  # requests of an operation that a dry run prints


def render_summary(report: Report) -> str:
    """The report as text: counts, the findings of each call with its curl command, and the verdict as the last line."""
    lines = []
    for run in report.runs:
        lines += ["", f"{run.provider}: {sum(run.phases.values())} cases in {run.seconds} s"]
        width = max(map(len, run.operations), default=0)
        tallies = run.operations if run.phases else {}
        lines += [f"  {name:{width}}  {render_tally(tally)}" for name, tally in tallies.items()]
        lines += [f"  {notice}" for notice in list_notices(run)]
        lines += [f"  not finished: {error}" for error in run.errors]
    findings = [finding for run in report.runs for finding in run.findings]
    numbers = iter(range(1, len(findings) + 1))
    for group in group_by_call(findings):
        lines.append("")
        for finding in group:
            lines.append(f"{next(numbers)}. {finding.provider} {finding.operation}: {finding.check} ({finding.phase})")
            lines += [f"   {line}" for line in finding.says.splitlines()]
            lines.append(f"   {'HTTP' if finding.check == NAME else 'contract'}: {finding.sentence}")
        lines += [f"   {group[0].curl}"] if group[0].curl else []
    lines += list(_render_questions(report)) + list(_render_unreached(report))
    more = sum(sum(run.more.values()) for run in report.runs)
    lines += ["", f"… and {more} more of the same kinds."] if more else []
    return "\n".join([*lines, "", render_verdict(report)]).lstrip("\n")


def render_rehearsal(report: Report) -> str:
    """What a check would send: the number of requests of each operation, and the first few of them."""
    lines = []
    for run in report.runs:
        for name, tally in run.operations.items():
            planned = [request for request in run.planned if request.operation == name]
            count = sum(request.count for request in planned)
            lines.append(f"{run.provider} {name}: {_count_requests(count)}, {tally.positive} of them valid")
            lines += [f"  {line}" for line in map(_render_planned, planned[:SHOWN])]
            more = sum(request.count for request in planned[SHOWN:])
            lines += [f"  … and {more} more; --format json lists all"] if more else []
        lines += _render_others(run)
    total = sum(request.count for run in report.runs for request in run.planned)
    total += sum(len(run.lookups) for run in report.runs)
    return "\n".join(
        [*lines, f"A check of {report.target} would send about {_count_requests(total)}; nothing was sent."]
    )


def _count_requests(count: int) -> str:
    return f"{count} request{'' if count == 1 else 's'}"


def _render_others(run: Run) -> Iterator[str]:
    """Requests of no operation: other methods and paths, by method and path without the query; calls for records."""
    others: Counter[str] = Counter()
    for request in run.planned:
        if request.operation not in run.operations:
            others[f"{request.method} {request.path}"] += request.count
    if others:
        count = _count_requests(others.total())
        yield f"{run.provider}, other methods and paths, which the server should refuse: {count}"
        yield from (f"  {printable(name)}{f'  {times} times' if times > 1 else ''}" for name, times in others.items())
    if run.lookups:
        yield f"{run.provider}, before these, to learn what records the server has: {_count_requests(len(run.lookups))}"
        yield from (f"  {name}" for name in run.lookups)
    if run.makers:
        yield f"{run.provider}, if no record is known that an operation needs, also, so many times as needed:"
        yield from (f"  {name}" for name in run.makers)
    if run.readers:
        yield f"{run.provider}, also, to read what calls made, deleted or were refused, a few times for each of them:"
        yield from (f"  {name}" for name in run.readers)
    if run.refused:
        yield f"{run.provider}, also, once each, what a rule of the contract refuses:"
        yield from (f"  {name}" for name in run.refused)


def render_rehearsal_as_json(report: Report) -> str:
    """All requests that a check would send, by API."""
    runs = [
        {
            "provider": run.provider,
            "operations": {
                name: {"requests": tally.cases, "valid": tally.positive} for name, tally in run.operations.items()
            },
            "requests": msgspec.to_builtins(run.planned),
            "lookups": run.lookups,
            "makers": run.makers,
            "readers": run.readers,
            "refused": run.refused,
        }
        for run in report.runs
    ]
    return json.dumps({"target": report.target, "depth": report.depth, "apis": runs}, indent=2, ensure_ascii=False)


def _render_planned(request: PlannedRequest) -> str:
    query = f"?{request.query}" if request.query else ""
    parts = [f"{request.method} {request.path}{query}", request.body, "" if request.valid else "(invalid)"]
    parts += [f"with {', '.join(request.headers)}"] if request.headers else []
    parts += [f"names {', '.join(request.records)}" if request.records else ""]
    times = f"{request.count} times" if request.count > 1 else ""
    return printable("  ".join(filter(None, [*parts, times])))


def _render_questions(report: Report) -> Iterator[str]:
    questions = [question for run in report.runs for question in run.questions]
    if questions:
        yield from ("", "Questions to the vendor, because the contract only assumes what the server contradicts:")
    for question in questions:
        yield f"  {question.provider} {question.operation}: {question.check}: {question.says.partition(chr(10))[0]}"
        yield f"    contract: {question.sentence}"


def _render_unreached(report: Report) -> Iterator[str]:
    if any(run.unreached for run in report.runs):
        yield from ("", "Not reached:")
    for run in report.runs:
        for unreached in run.unreached:
            yield f"  {run.provider} {unreached.operation}: {unreached.says}"
            yield from [f"    {unreached.help}"] if unreached.help else []


def render_tally(tally: Tally) -> str:
    share = f" ({tally.carried_out * 100 // tally.positive} %)" if tally.positive else ""
    return f"{tally.cases:5} cases, {tally.carried_out} of {tally.positive} valid ones succeeded{share}"


def render_verdict(report: Report) -> str:
    """The verdict in one line."""
    count = sum(len(run.findings) for run in report.runs)
    unfinished = sum(bool(run.errors) for run in report.runs)
    if count:
        return f"{count} finding{'s' if count > 1 else ''}: {report.target} does not keep its contract."
    if unfinished:
        return f"No findings, but {unfinished} of {len(report.runs)} could not be checked to the end."
    unreached = sum(len(run.unreached) for run in report.runs)
    if unreached:
        return f"No findings, and {unreached} operation{'s' if unreached > 1 else ''} of {report.target} not reached."
    return f"No findings: {report.target} keeps its contracts ({', '.join(run.provider for run in report.runs)})."


def write_reports(report: Report, folder: Path) -> None:
    """Write `junit.xml` and `report.html` into a folder, creating it if necessary."""
    folder.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(build_junit(report)).write(folder / "junit.xml", encoding="utf-8", xml_declaration=True)
    (folder / "report.html").write_text(render_page(report, render_verdict(report)), encoding="utf-8")


def build_junit(report: Report) -> ET.Element:
    """One suite for each API, one case for each check of each operation."""
    root = ET.Element("testsuites", name="paysandbox check")
    for run in report.runs:
        suite = ET.SubElement(root, "testsuite", name=run.provider, time=str(run.seconds))
        by_kind: dict[tuple[str, str], list[Finding]] = {}
        for finding in run.findings:
            by_kind.setdefault((finding.operation, finding.check), []).append(finding)
        for operation, check in _cases(run, by_kind):
            case = ET.SubElement(suite, "testcase", classname=f"{run.provider}.{operation}", name=check)
            found = by_kind.get((operation, check), [])
            if found:
                failure = ET.SubElement(case, "failure", message=found[0].says.partition("\n")[0], type=check)
                failure.text = "\n\n".join(f"{finding.says}\n{finding.sentence}\n{finding.curl}" for finding in found)
        for unreached in run.unreached:
            case = ET.SubElement(suite, "testcase", classname=f"{run.provider}.{unreached.operation}", name="reached")
            ET.SubElement(case, "skipped", message="; ".join(filter(None, [unreached.says, unreached.help])))
        for question in run.questions:
            name = f"question about {question.check}"
            case = ET.SubElement(suite, "testcase", classname=f"{run.provider}.{question.operation}", name=name)
            ET.SubElement(case, "skipped", message=f"{question.says.partition(chr(10))[0]}; {question.sentence}")
        if run.errors:
            case = ET.SubElement(suite, "testcase", classname=run.provider, name="finished")
            ET.SubElement(case, "error", message=run.errors[0]).text = "\n".join(run.errors)
        suite.set("tests", str(len(suite)))
        notices = list_notices(run)
        if notices:
            ET.SubElement(suite, "system-out").text = "\n".join(notices)
        suite.set("failures", str(len(by_kind)))
        suite.set("skipped", str(len(run.unreached) + len(run.questions)))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
    return root


def _cases(run: Run, by_kind: dict[tuple[str, str], list[Finding]]) -> list[tuple[str, str]]:
    tried = {(operation, check) for operation in run.operations for check in run.checks}
    return sorted(tried | by_kind.keys())
