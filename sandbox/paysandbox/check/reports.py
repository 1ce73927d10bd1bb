"""A report for people in a terminal, for CI as JUnit XML, and for a browser as one self-contained page."""

from pathlib import Path
from xml.etree import ElementTree as ET

from paysandbox.check.page import page
from paysandbox.check.results import Finding, Report, Run, Tally


def summary(report: Report) -> str:
    """The report as text: what was tried of each operation, every finding with its command, and a last line."""
    lines = []
    for run in report.runs:
        lines += ["", f"{run.provider}: {sum(run.phases.values())} cases in {run.seconds} s"]
        width = max(map(len, run.operations))
        lines += [f"  {name:{width}}  {told(tally)}" for name, tally in run.operations.items()]
        lines += [f"  not finished: {error}" for error in run.errors]
    findings = [finding for run in report.runs for finding in run.findings]
    for number, one in enumerate(findings, 1):
        lines += ["", f"{number}. {one.provider} {one.operation}: {one.check} ({one.phase})"]
        lines += [f"   {line}" for line in one.says.splitlines()]
        lines += [f"   contract: {one.sentence}"] + ([f"   {one.curl}"] if one.curl else [])
    more = sum(sum(run.more.values()) for run in report.runs)
    lines += ["", f"… and {more} more of the same kinds."] if more else []
    return "\n".join([*lines, "", verdict(report)]).lstrip("\n")


def told(tally: Tally) -> str:
    """What was tried of an operation."""
    share = f" ({tally.carried_out * 100 // tally.positive} %)" if tally.positive else ""
    return f"{tally.cases:5} cases, {tally.carried_out} of {tally.positive} valid ones carried out{share}"


def verdict(report: Report) -> str:
    """The whole in one line."""
    count = sum(len(run.findings) for run in report.runs)
    unfinished = sum(bool(run.errors) for run in report.runs)
    if count:
        return f"{count} finding{'s' if count > 1 else ''}: {report.target} does not keep its contract."
    if unfinished:
        return f"No findings, but {unfinished} of {len(report.runs)} could not be checked to the end."
    return f"No findings: {report.target} keeps its contracts ({', '.join(run.provider for run in report.runs)})."


def write(report: Report, folder: Path) -> None:
    """Write `junit.xml` and `report.html` into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(junit(report)).write(folder / "junit.xml", encoding="utf-8", xml_declaration=True)
    (folder / "report.html").write_text(page(report, verdict(report)), encoding="utf-8")


def junit(report: Report) -> ET.Element:
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
                failure.text = "\n\n".join(f"{one.says}\n{one.sentence}\n{one.curl}" for one in found)
        if run.errors:
            case = ET.SubElement(suite, "testcase", classname=run.provider, name="finished")
            ET.SubElement(case, "error", message=run.errors[0]).text = "\n".join(run.errors)
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(by_kind)))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
    return root


def _cases(run: Run, by_kind: dict[tuple[str, str], list[Finding]]) -> list[tuple[str, str]]:
    tried = {(operation, check) for operation in run.operations for check in run.checks}
    return sorted(tried | by_kind.keys())
