"""Calls that name a record which does not exist are found in the reference sandbox, of each place that names one."""

from typing import Any, Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.recipes import Cookbook
from paysandbox.check.records import Fields, ReplyPlaces
from paysandbox.check.rule_probes import Probe, find_part
from paysandbox.check.subject import Subject
from paysandbox.check.unknown_references import MOST, UnknownFinder, list_unknown
from paysandbox.kit.provider import find_providers

PROVIDERS: Final = [provider.name for provider in find_providers()]


@pytest.fixture(scope="module", params=PROVIDERS)
def found(request: pytest.FixtureRequest) -> tuple[Subject, dict[str, list[Probe]]]:
    """The probes of each operation of a provider."""
    subject = Subject(request.param, create_runtime(provider_names=[request.param]), independent=False)
    fields = Fields(subject)
    finder = UnknownFinder(subject, Cookbook(subject, ReplyPlaces(subject, fields)), fields)
    return subject, {operation.id: finder.find(operation) for operation in subject.operations}


Found = tuple[Subject, dict[str, list[Probe]]]


def test_each_record_in_a_path_has_its_probe(found: Found) -> None:
    subject, probes = found
    for operation in subject.operations:
        for parameter in operation.parameters:
            if parameter.place == "path":
                assert ("path", parameter.name) in [list_place(probe) for probe in probes[operation.id]], operation.id


def test_each_rule_about_unknown_records_has_its_probe(found: Found) -> None:
    subject, probes = found
    wanted = {rule for operation in subject.operations for rule in operation.rules if rule.startswith("unknown-")}
    assert wanted <= {probe.rule.id for several in probes.values() for probe in several if probe.rule is not None}


def test_a_probe_has_a_status_of_the_contract(found: Found) -> None:
    """It names no record of the fixtures, and the contract has its status."""
    subject, probes = found
    for several in probes.values():
        assert len(several) <= MOST
        for probe in several:
            assert probe.status in probe.operation.replies
            assert probe.unknown is not None
            assert not Fields(subject).of_value(probe.unknown.value)
            assert not probe.is_repeat


PLACES: Final = {
    ("invisible_collector", "createPayment"): {("body", "lines", 0, "number"), ("body", "lines", 1, "referenceNumber")},
    ("invisible_collector", "createCustomer"): set(),  # whose repeats are refused for what differs
    ("invisible_collector", "addCustomerToGroup"): {("path", "group"), ("path", "customer")},
    ("invoicexpress", "createCreditNote"): {
        ("body", "credit_note", "owner_invoice_id"),
        ("body", "credit_note", "sequence_id"),
        ("body", "invoice", "sequence_id"),
    },
    ("invoicexpress", "findClientByCode"): {("query", "client_code")},
    ("invoiless", "updateInvoice"): {("path", "id"), ("body", "customer")},
    ("crm_com", "showInvoice"): {("query", "invoice_identifier")},
    ("crm_com", "createToken"): set(),  # no log-in with the name of another user
}


@pytest.mark.parametrize(("provider", "name"), PLACES)
def test_places_that_name_records_are_found(provider: str, name: str) -> None:
    subject = Subject(provider, create_runtime(provider_names=[provider]), independent=False)
    fields = Fields(subject)
    finder = UnknownFinder(subject, Cookbook(subject, ReplyPlaces(subject, fields)), fields)
    (operation,) = (operation for operation in subject.operations if operation.id == name)
    assert {list_place(probe) for probe in finder.find(operation)} == PLACES[provider, name]


def list_place(probe: Probe) -> tuple[Any, ...]:
    assert probe.unknown is not None
    return probe.unknown.place


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("651d68809b3e7d00418c2f77", "f" * 24),
        ("CC0C6738", "FFFFFFFF"),
        ("number=97", "number=No such"),
        (12, 2147483646),
    ],
)
def test_an_unknown_name_has_the_form_of_a_known_one(value: Any, form: Any) -> None:
    assert form in list_unknown(value)


def test_what_is_neither_a_text_nor_a_number_names_no_record() -> None:
    assert list_unknown(None) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"lines": [{"number": "a"}]}, "a"),
        ({"lines": [{}]}, None),
        ({"lines": []}, None),
        ({"lines": "ab"}, None),
        ([], None),
        (..., None),
    ],
)
def test_a_body_may_lack_the_place(body: Any, found: str | None) -> None:
    """As one whose unknown records were left out."""
    assert find_part(body, ("lines", 0, "number")) == found
