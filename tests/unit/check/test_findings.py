"""Findings in a report: what is about one call together, what only HTTP says as one at the end."""

from typing import Final

from paysandbox.check.findings import NAME, fold_http_findings, group_by_call
from paysandbox.check.page import render_page
from paysandbox.check.reports import render_summary
from paysandbox.check.results import Finding, Report, Run, Tally

SAME: Final = "curl -X POST http://127.0.0.1/payments"
SENTENCE: Final = "200: Paid [documented]"


def find(check: str, curl: str, operation: str = "createPayment", says: str = "wrong") -> Finding:
    return Finding("invoiless", operation, "coverage", check, says, curl, SENTENCE)


def make_run(*findings: Finding, most: int = 1) -> Run:
    run = Run("invoiless", {"createPayment": Tally(), "getPayment": Tally()}, most=most)
    for finding in findings:
        run.add(finding)
    return run


def report(run: Run) -> Report:
    return Report("http://127.0.0.1", "quick", "0.0", "now", (run,))


def test_methods_that_no_contract_names_are_one_finding_with_their_count_and_the_last() -> None:
    """Kept or only counted, of whatever operation; it quotes HTTP, and no sentence of the vendor."""
    run = make_run(
        find("unsupported_method", "curl 1", says="Unsupported method TRACE returned 501"),
        find("unsupported_method", "curl 2"),
        find("unsupported_method", "curl 3", "getPayment"),
        find("allow_header_conformance", "curl 4", "getPayment"),
        find("status_code_conformance", "curl 5", "getPayment"),
        find("status_code_conformance", "curl 6", "getPayment"),
    )
    fold_http_findings(run)
    assert [finding.check for finding in run.findings] == ["status_code_conformance", NAME]
    assert run.findings[-1].says.startswith("4 calls with such methods")
    assert "TRACE returned 501" in run.findings[-1].says
    assert SENTENCE not in run.findings[-1].sentence
    assert run.more.total() == 1
    shown = render_summary(report(run))
    assert "   HTTP: a rule of HTTP for any server" in shown
    assert shown.endswith("2 findings: http://127.0.0.1 does not keep its contract.")


def test_without_such_methods_nothing_is_folded() -> None:
    run = make_run(find("status_code_conformance", SAME))
    fold_http_findings(run)
    assert [finding.check for finding in run.findings] == ["status_code_conformance"]


def test_a_call_is_shown_once_with_all_that_is_wrong() -> None:
    findings = [
        find("status_code_conformance", SAME),
        find("read_back", "curl other"),
        find("success_gate", ""),
        find("response_schema_conformance", SAME),
        find("success_gate", "", "getPayment"),
    ]
    assert [len(group) for group in group_by_call(findings)] == [2, 1, 1, 1]
    shown = render_summary(report(make_run(*findings)))
    assert shown.count(SAME) == 1
    assert shown.index("1. invoiless createPayment: status_code") < shown.index("2. invoiless createPayment: response")
    assert shown.index("2. invoiless createPayment: response") < shown.index(SAME) < shown.index("3. invoiless")
    page = render_page(report(make_run(*findings)), "")
    assert page.count(SAME) == 1
    assert page.count("response_schema_conformance") == 1
