"""An unknown name gets a short answer: the names most like it, and where the others are."""

from paysandbox.core.nearest import list_nearest

MANY = [f"getThing{number}" for number in range(300)] + ["createInvoice", "createInvoiceReceipt"]


def test_few_names_are_all_listed() -> None:
    assert list_nearest("x", {"b", "a"}, "it") == "a, b"


def test_of_many_names_the_nearest_are_listed() -> None:
    listed = list_nearest("createInvoise", MANY, "paysandbox operations")
    assert listed.startswith("createInvoice, createInvoiceReceipt")
    assert listed.endswith(" more; paysandbox operations lists all")
    assert len(listed) < 200


def test_a_name_like_none_gets_a_few() -> None:
    assert list_nearest("☃", MANY).endswith(" and 297 more")
