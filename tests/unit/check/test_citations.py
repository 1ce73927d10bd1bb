"""The sentences of the contract that findings cite, each with its own provenance."""

import pytest

from paysandbox.check.own_checks import cite_contract
from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import Runtime


@pytest.fixture
def create_payment(base_runtime: Runtime) -> Operation:
    """Documented as an operation; its status of success is a house decision."""
    operations = base_runtime.services["invoiless"].contract.operations
    return next(operation for operation in operations if operation.id == "createPayment")


def test_an_assumed_status_is_cited_as_assumed(create_payment: Operation) -> None:
    assert create_payment.provenance == "documented"
    assert cite_contract(create_payment, 201).startswith("201: ")
    assert "[assumed: house decision; Invoiless API, Retainers: the status 201]" in cite_contract(create_payment, 201)


def test_of_a_status_that_the_contract_lacks_all_others_are_cited(create_payment: Operation) -> None:
    """Each with its own provenance, because no single one is that of the list."""
    cited = cite_contract(create_payment, 200)
    assert "it answers 201 [assumed], 400 [documented]" in cited
    assert cited == cite_contract(create_payment, None)


def test_every_status_of_every_contract_is_cited_with_its_provenance(base_runtime: Runtime) -> None:
    for service in base_runtime.services.values():
        for operation in service.contract.operations:
            for status, spec in operation.replies.items():
                assert f" [{spec.provenance}" in cite_contract(operation, status)
