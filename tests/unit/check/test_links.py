"""Which calls follow a link: those whose path parameters were all returned by an earlier call."""

from types import SimpleNamespace
from typing import Any

import pytest
from schemathesis.core.result import Err, Ok

from paysandbox.check.subject import Subject
from paysandbox.check.verdicts import follows_link
from paysandbox.kit.runtime import Runtime

CUSTOMER, CONTACT = "c0587212-6072-4bf6-9e70-f832290b01b7", "611c5f36-e83f-2641-7bf4-6d3f2d04ae0c"


def node(extracted: dict[str, Any], query: dict[str, str] | None = None) -> Any:
    """A call to a contact of a customer, after a link that gave some of the parameters."""
    return SimpleNamespace(
        value=SimpleNamespace(headers={}, query=query, path_parameters={"customer": CUSTOMER, "contact": CONTACT}),
        transition=SimpleNamespace(
            parameters={"path_parameters": {name: SimpleNamespace(value=value) for name, value in extracted.items()}}
        ),
    )


@pytest.mark.parametrize(
    ("extracted", "follows"),
    [
        ({"customer": Ok(CUSTOMER), "contact": Ok(CONTACT)}, True),
        ({"customer": Ok(CUSTOMER)}, False),
        ({"customer": Ok(CUSTOMER), "contact": Ok("another")}, False),
        ({"customer": Ok(CUSTOMER), "contact": Err(KeyError("id"))}, False),
        ({}, False),
    ],
)
def test_every_path_parameter_comes_from_the_link(
    base_runtime: Runtime, extracted: dict[str, Any], *, follows: bool
) -> None:
    """One that was made up names no record that any call returned."""
    subject = Subject("invisible_collector", base_runtime)
    (operation,) = (each for each in subject.operations if each.id == "deleteCustomerContact")
    assert follows_link(node(extracted), operation) is follows
