"""Reports of coverage: the same figures as JSON, text, JUnit XML and a page, with whatever a contract may say."""

from collections.abc import Sequence
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from paysandbox.core.exact_json import read_json, write_json
from paysandbox.coverage.html_page import render_page
from paysandbox.coverage.report import render_json, render_junit, render_text
from paysandbox.coverage.units import Coverage, Subject, Unit
from paysandbox.kit.runtime import Runtime

HOSTILE = "<script>alert('&\"')</script>]]> \x1b[2J\x00\ud800 {$line}\nnext   line"

TAGS = {"payOrder": ("Orders",), "getOrder": ("Reading",)}


def unit(name: str, kind: str, provenance: str = "documented", says: str | None = None) -> Unit:
    """A unit of an operation, the first word of its name."""
    operation = name.partition(" ")[0]
    return Unit(name, kind, operation, provenance, None, says, TAGS.get(operation, ()))


SHOP: Subject = (
    "shop",
    "The Shop",
    [
        unit("payOrder", "operation", says="Pay an order"),
        unit("payOrder 201", "status", "assumed", "It is paid."),
        unit("payOrder 409", "status", "assumed", "It was paid before."),
        unit("payOrder /kind=A", "enum"),
        unit("payOrder rule only-once", "rule", "observed", "An order is paid once."),
        unit("payOrder rule never-less", "rule", says="An order is paid\nas a whole."),
        unit("getOrder", "operation", says="Get an order"),
        unit("getOrder 200", "status"),
    ],
    {"payOrder": 3, "payOrder 201": 2, "payOrder /kind=A": 0, "long gone": 9},
)
BANK: Subject = ("bank", "The Bank", [unit("pay", "operation"), unit("pay 200", "status")], {})
DONE: Subject = ("done", "All Done", [unit("pay", "operation")], {"pay": 1})
ODD: Subject = (
    HOSTILE,
    HOSTILE,
    [Unit(f"{HOSTILE} {HOSTILE}", "rule", HOSTILE, "assumed", HOSTILE, HOSTILE * 9)],
    {},
)


def real(runtime: Runtime) -> list[Subject]:
    """The contracts that come with the sandbox, every second unit of them exercised."""
    found: list[Subject] = []
    for name, service in runtime.services.items():
        units = Coverage(service.contract).units
        found.append((name, service.contract.title, units, {one.id: 1 for one in units[::2]}))
    return found


def test_the_sums_are_those_of_the_units() -> None:
    """In all, for each provider, and for each kind of which there are units; what is no unit any more is left out."""
    found = render_json([SHOP, BANK])
    assert {name: found[name] for name in ("percent", "exercised", "total")} == {
        "percent": Decimal("20.0"),
        "exercised": 2,
        "total": 10,
    }
    shop, bank = found["providers"]
    assert (shop["name"], shop["percent"], shop["exercised"], shop["total"]) == ("shop", Decimal("25.0"), 2, 8)
    assert (bank["name"], bank["percent"], bank["exercised"], bank["total"]) == ("bank", Decimal("0.0"), 0, 2)
    assert [(one["kind"], one["exercised"], one["total"]) for one in shop["kinds"]] == [
        ("operation", 1, 2),
        ("status", 1, 3),
        ("enum", 0, 1),
        ("rule", 0, 2),
    ]


def test_the_sums_are_also_by_evidence_by_tag_and_of_the_called_operations() -> None:
    """The whole has evidence and called operations too; tags are of one contract."""
    found = render_json([SHOP, BANK])
    assert found["called"] == {"operations": 1, "percent": Decimal("33.3"), "exercised": 2, "total": 6}
    assert [(one["provenance"], one["exercised"], one["total"]) for one in found["provenances"]] == [
        ("documented", 1, 7),
        ("observed", 0, 1),
        ("assumed", 1, 2),
    ]
    shop, bank = found["providers"]
    assert shop["called"] == found["called"]
    assert [(one["tag"], one["exercised"], one["total"]) for one in shop["tags"]] == [
        ("Orders", 2, 6),
        ("Reading", 0, 2),
    ]
    assert [one["percent"] for one in shop["provenances"]] == [Decimal("20.0"), Decimal("0.0"), Decimal("50.0")]
    assert bank["called"] == {"operations": 0, "percent": Decimal("0.0"), "exercised": 0, "total": 0}
    assert bank["tags"] == []


def test_each_unit_says_how_many_calls_exercised_it() -> None:
    """In the order of the contract, also those that no call exercised."""
    found = render_json([SHOP])["units"]
    assert [(one["id"], one["exercised"]) for one in found[:3]] == [
        ("payOrder", 3),
        ("payOrder 201", 2),
        ("payOrder 409", 0),
    ]
    assert found[4] == {
        "id": "payOrder rule only-once",
        "kind": "rule",
        "provider": "shop",
        "operation": "payOrder",
        "provenance": "observed",
        "says": "An order is paid once.",
        "exercised": 0,
    }
    assert read_json(write_json(render_json([SHOP])))["percent"] == Decimal(25)


@pytest.mark.parametrize(
    ("exercised", "total", "percent"),
    [(0, 0, "100.0"), (0, 7, "0.0"), (1, 3, "33.3"), (2, 3, "66.6"), (1999, 2000, "99.9"), (2000, 2000, "100.0")],
)
def test_a_percentage_has_one_digit_and_is_100_only_for_the_whole(exercised: int, total: int, percent: str) -> None:
    """Where there is nothing to exercise, all of it is."""
    units = [unit(f"pay {number}", "status") for number in range(total)]
    found = render_json([("shop", "The Shop", units, {one.id: 1 for one in units[:exercised]})])
    assert str(found["percent"]) == percent
    assert str(found["providers"][0]["percent"]) == percent


def test_the_text_lists_what_was_not_exercised() -> None:
    """By operation, documented units first, the others marked; a provider that was not called takes one line."""
    assert render_text([SHOP, BANK, DONE]) == (
        "Coverage of the contracts: 27.2 % (3 of 11 units)\n"
        "  42.8 % (3 of 7 units of the 2 operations called)\n"
        "\n"
        "The Shop (shop): 25.0 % (2 of 8 units)\n"
        "  33.3 % (2 of 6 units of the 1 operation called)\n"
        "  operations   1 of 2\n"
        "  statuses     1 of 3\n"
        "  enum values  0 of 1\n"
        "  rules        0 of 2\n"
        "  documented   1 of 5\n"
        "  observed     0 of 1\n"
        "  assumed      1 of 2\n"
        "  tag Orders   2 of 6\n"
        "  tag Reading  0 of 2\n"
        "  Not exercised:\n"
        "    payOrder\n"
        "      /kind=A\n"
        "      rule never-less: An order is paid as a whole.\n"
        "      rule only-once (observed): An order is paid once.\n"
        "      409 (assumed): It was paid before.\n"
        "    getOrder\n"
        "      the operation itself: Get an order\n"
        "      200\n"
        "\n"
        "The Bank (bank): 0.0 % (0 of 2 units)\n"
        "  No call exercised any of them.\n"
        "\n"
        "All Done (done): 100.0 % (1 of 1 units)\n"
        "  100.0 % (1 of 1 units of the 1 operation called)\n"
        "  operations   1 of 1\n"
        "  documented   1 of 1\n"
    )


def test_junit_has_a_suite_for_each_provider_and_a_case_for_each_unit() -> None:
    """What was not exercised is skipped, no failure, and says what it would be."""
    root = ET.fromstring(render_junit([SHOP, BANK]))  # noqa: S314 - our own document
    assert [(one.get("name"), one.get("tests"), one.get("skipped")) for one in root] == [
        ("shop", "8", "6"),
        ("bank", "2", "2"),
    ]
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    assert len(cases) == 10
    assert len(cases["shop.payOrder", "201"]) == 0
    skipped = cases["shop.payOrder", "409"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not exercised (assumed): It was paid before."
    assert {one.get("failures") for one in root} == {one.get("errors") for one in root} == {"0"}
    assert not list(root.iter("failure"))


def html(subjects: Sequence[Subject]) -> str:
    return str(render_page(subjects).body)


class Page(HTMLParser):
    """A page read back: its elements, its text, and whether what it opens is closed in order."""

    VOID = frozenset({"meta"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_shows_the_figures_and_every_unit() -> None:
    """A bar for the whole and for each provider; a row for each operation and each unit, with its provenance."""
    page = Page(html([SHOP, BANK]))
    assert [(one["value"], one["max"]) for one in page.all("progress")] == [("2", "10"), ("2", "8"), ("0", "2")]
    assert len(page.all("tbody")) == 3
    assert len(page.all("tr")) == 2 + 3 + 10
    badges = [str(one["class"]).removeprefix("badge ") for one in page.all("span") if "badge" in str(one["class"])]
    assert badges == [one.provenance for _, _, units, _ in (SHOP, BANK) for one in units]
    assert len([one for one in page.all("td") if one.get("class") == "missed"]) == 8
    for said in ("20.0 %", "2 of 10 units", "An order is paid as a whole.", "/kind=A", "the operation itself"):
        assert said in page.text


def test_the_page_needs_nothing_else() -> None:
    """No script, no address; it follows the reader's light or dark and fits a phone."""
    text = html([SHOP])
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "a"} & {name for name, _ in page.elements}
    assert "http" not in text
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")


@pytest.mark.parametrize("subjects", [[ODD], [ODD, SHOP], []], ids=["hostile", "among others", "nothing"])
def test_no_report_obeys_what_a_contract_says(subjects: Sequence[Subject]) -> None:
    """Markup is text, and what neither XML nor a terminal can hold is replaced."""
    root = ET.fromstring(render_junit(subjects))  # noqa: S314 - our own document
    page = Page(html(subjects))
    text = render_text(subjects)
    assert "script" not in {name for name, _ in page.elements}
    assert all(line.isprintable() and len(line) <= 100 for line in text.splitlines())
    for report in (text, render_junit(subjects), html(subjects)):
        assert not {"\x1b", "\x00", "\ud800"} & set(report)
        assert report.encode()
    if subjects:
        said = "<script>alert('&\"')</script>]]> \ufffd[2J\ufffd\ufffd {$line} next line"
        assert root[0].get("name") == said
        assert said in page.text
        assert said in text


def test_the_reports_hold_the_contracts_that_come_with_the_sandbox(base_runtime: Runtime) -> None:
    """With the same number of units in each."""
    subjects = real(base_runtime)
    total = sum(len(units) for _, _, units, _ in subjects)
    found: dict[str, Any] = render_json(subjects)
    assert len(found["units"]) == found["total"] == total
    assert len({(one["provider"], one["id"]) for one in found["units"]}) == total
    root = ET.fromstring(render_junit(subjects))  # noqa: S314 - our own document
    assert len({(case.get("classname"), case.get("name")) for case in root.iter("testcase")}) == total
    assert len(list(root.iter("skipped"))) == total - found["exercised"]
    operations = sum(len(service.contract.operations) for service in base_runtime.services.values())
    assert len(Page(html(subjects)).all("tr")) == total + operations + len(subjects)
    listed = [line for line in render_text(subjects).splitlines() if line.startswith("      ")]
    assert len(listed) == total - found["exercised"]
