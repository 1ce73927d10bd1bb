"""A drift report as text and as JUnit XML."""

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from paysandbox.coverage.report import clean_text
from paysandbox.judging.differences import CONFIRMED, CONSISTENT, DIFFERENT, UNCLEAR, VERDICTS, Difference, Drift
from paysandbox.judging.traffic import OTHER_API

HEADINGS: Final = {
    "contradicted": "Contradicted: the vendor does something else than the contract says",
    "too strict": "Too strict: the contract refuses what the vendor took",
    "too lenient": "Too lenient: the contract allows what the vendor refused",
    "undocumented": "Undocumented: the vendor answered what the contract lacks",
    "unclear": "Unclear: the vendor refused, and the request alone does not show why",
    "confirmed": "Confirmed: the vendor does what the contract assumed",
    "consistent": "Consistent: the vendor's replies agree where calls pass through what the contract assumed",
}


def render_text(drift: Drift) -> str:
    """The report for a terminal: counts, the differences by verdict, and the verdict of all as the last line."""
    lines = [f"{', '.join(drift.files)}: {count(drift.exchanges.total(), 'exchange')} judged"]
    lines += [f"  {name}: {count(number, 'exchange')}" for name, number in drift.exchanges.items()]
    lines += [f"  ignored: {number} of {clean_text(reason)}" for reason, number in drift.ignored.items()]
    lines += [f"  {clean_text(notice)}" for notice in drift.notices]
    for verdict in VERDICTS:
        found = drift.select(verdict)
        if found:
            lines += ["", f"{HEADINGS[verdict]} ({len(found)})"]
            lines += [line for difference in found for line in _render_difference(difference)]
    if drift.known:
        lines += ["", f"{count(len(drift.known), 'difference')} of the baseline: not shown."]
    lines += [""] + [
        f"Explained by the variant {clean_text(name)}: {count(number, 'difference')}"
        for name, number in drift.variants.items()
    ]
    return "\n".join([*lines, render_verdict(drift)])


def render_verdict(drift: Drift) -> str:
    """The verdict in one line."""
    if not drift.exchanges:
        return _explain_nothing(drift)
    differences = sum(one.verdict in DIFFERENT and not one.is_question for one in drift.differences)
    questions = sum(one.is_question for one in drift.differences)
    confirmed = len(drift.select(CONFIRMED))
    settled = f"{count(confirmed, 'assumption')} confirmed, {questions} contradicted"
    if differences:
        return f"Reality differs from the contract in {count(differences, 'place')}; {settled}."
    return f"Reality does not differ from what the contract documents; {settled}."


def _explain_nothing(drift: Drift) -> str:
    if any(reason.startswith(OTHER_API) for reason in drift.ignored):
        return (
            "Nothing was judged: no exchange leads to a known API. --provider NAME says whose API unknown hosts have."
        )
    if drift.ignored:
        return "Nothing was judged: all that is recorded is ignored, for the reasons above."
    return "Nothing was judged: no exchange is recorded."


def _render_difference(difference: Difference) -> Iterator[str]:
    where = f" {difference.where}" if difference.where else ""
    title = f"{difference.provider} {difference.operation}: {difference.about}{where}"
    yield f"  {clean_text(title)} [{difference.provenance}]"
    yield f"    {clean_text(difference.message)}"
    if difference.says is not None:
        source = "" if difference.source is None else f" ({clean_text(difference.source)})"
        yield f'    contract: "{clean_text(difference.says)}"{source}'
    if difference.variant is not None:
        yield f"    not with the variant {clean_text(difference.variant)}"
    yield f"    {render_places(difference)}"


def render_places(difference: Difference) -> str:
    """Where a difference is seen: the first exchanges, and how many more there are."""
    more = difference.count - len(difference.places)
    return f"seen in {clean_text(', '.join(difference.places))}{f' and {more} more' if more else ''}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def build_junit(drift: Drift) -> ET.Element:
    """A suite for each provider and a case for each operation; what is unclear or assumed fails none."""
    root = ET.Element("testsuites", name="paysandbox drift")
    for provider in drift.exchanges:
        suite = ET.SubElement(root, "testsuite", name=provider)
        for (name, operation), number in drift.operations.items():
            if name != provider:
                continue
            found = [one for one in drift.differences if (one.provider, one.operation) == (provider, operation)]
            case = ET.SubElement(suite, "testcase", classname=provider, name=operation)
            failing = [one for one in found if one.verdict in DIFFERENT and not one.is_question]
            for one in failing:
                failure = ET.SubElement(case, "failure", message=clean_text(one.message), type=one.verdict)
                failure.text = "\n".join(_render_difference(one))
            others = [one for one in found if one.is_question or one.verdict in (UNCLEAR, CONFIRMED, CONSISTENT)]
            if others:
                texts = (line for one in others for line in (one.verdict, *_render_difference(one)))
                ET.SubElement(case, "system-out").text = "\n".join(texts)
            case.set("assertions", str(number))
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure/.."))))
        suite.set("errors", "0")
    add_notices(root, drift.notices)
    return root


def add_notices(root: ET.Element, notices: Sequence[str]) -> None:
    """Add what is to be said of the files, if anything, as a suite of its own, because files are no provider's."""
    if notices:
        suite = ET.SubElement(root, "testsuite", name="recordings", tests="0", failures="0", errors="0")
        ET.SubElement(suite, "system-out").text = "\n".join(map(clean_text, notices))


def render_junit(drift: Drift) -> str:
    document: bytes = ET.tostring(build_junit(drift), encoding="utf-8", xml_declaration=True)
    return document.decode()
