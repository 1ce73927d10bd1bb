"""What may be asked and what may be answered: parameters, Content-Type, replies, routes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Arguments, Operation
from paysandbox.core.messages import Reply, Request
from paysandbox.core.problems import (
    ContractBreach,
    Invalid,
    TooLarge,
    UnknownResource,
    Unroutable,
    UnsupportedMediaType,
    Violation,
)

Read = Callable[..., Contract]
JSON = "application/json"


@pytest.fixture
def get_order(contract: Read) -> Operation:
    return contract().operations[0]


@pytest.fixture
def pay_order(contract: Read) -> Operation:
    return contract().operations[1]


def request(*headers: tuple[str, str], content: bytes | None = b"") -> Request:
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return Request("POST", "/v2/orders/7", "", sent, content)


def asked(
    operation: Operation, *query: tuple[str, str], identity: str = "7", headers: tuple[tuple[str, str], ...] = ()
) -> tuple[Arguments, list[Violation]]:
    """The parameters of a GET with the one mandatory header."""
    return operation.read_arguments({"id": identity}, query, request(*(headers or (("Scope-Id", "s1"),))))


def test_parameters_are_typed_by_wire_name(get_order: Operation) -> None:
    """Whole numbers and booleans by their schema; a header by the name that the contract gives it."""
    arguments, wrong = asked(get_order, ("limit", "5"), ("full", "true"))
    assert arguments == Arguments(path={"id": "7"}, query={"limit": 5, "full": True}, headers={"scope-id": "s1"})
    assert wrong == []


def test_what_is_not_given_is_the_default_or_none(get_order: Operation) -> None:
    """And what is not declared is not looked at."""
    arguments, wrong = asked(get_order, ("other", "x"), ("LIMIT", "9"))
    assert (arguments.query, wrong) == ({"limit": 20, "full": None}, [])


@pytest.mark.parametrize(
    ("query", "pointer", "keyword", "message"),
    [
        ([("limit", "0")], "?limit", "minimum", "0 is less than the minimum of 1"),
        ([("limit", "101")], "?limit", "maximum", "101 is more than the maximum of 100"),
        ([("limit", "ten")], "?limit", "type", "'ten' is not an integer"),
        ([("limit", "")], "?limit", "type", "'' is not an integer"),
        ([("limit", "+5")], "?limit", "type", "'+5' is not an integer"),
        ([("limit", "05")], "?limit", "type", "'05' is not an integer"),
        ([("limit", "5.0")], "?limit", "type", "'5.0' is not an integer"),
        ([("limit", "\u0665")], "?limit", "type", "'\u0665' is not an integer"),
        ([("limit", "1_0")], "?limit", "type", "'1_0' is not an integer"),
        ([("limit", "5"), ("limit", "5")], "?limit", "repeated", "is given 2 times"),
        ([("full", "True")], "?full", "type", "'True' is not a boolean"),
        ([("full", "1")], "?full", "type", "'1' is not a boolean"),
    ],
    ids=str,
)
def test_a_wrong_query_parameter_is_named(
    get_order: Operation, query: list[tuple[str, str]], pointer: str, keyword: str, message: str
) -> None:
    """Numbers in canonical form only."""
    ((violation),) = asked(get_order, *query)[1]
    assert (violation.pointer, violation.keyword, violation.message) == (pointer, keyword, message)


def test_a_wrong_parameter_is_told_in_the_contracts_words(get_order: Operation) -> None:
    """Description, source and provenance may stand on the parameter itself."""
    ((violation),) = asked(get_order, ("limit", "0"))[1]
    assert (violation.says, violation.source, violation.provenance) == ("How many at most.", "the page: 2", "observed")


def test_a_repeated_parameter_is_refused_by_a_house_decision(get_order: Operation) -> None:
    """No page of a vendor says what becomes of it."""
    ((violation),) = asked(get_order, ("limit", "5"), ("limit", "5"))[1]
    assert (violation.source, violation.provenance) == ("house decision: it is given once", "assumed")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ((("other", "x"),), "is required"),
        ((("Scope-Id", "a"), ("scope-id", "a")), "is given 2 times"),
        ((("Scope-Id", "toolong"),), "'toolong' is longer than 5 characters"),
    ],
)
def test_a_wrong_header_is_named(get_order: Operation, headers: Any, message: str) -> None:
    """Missing, repeated or against its schema."""
    ((violation),) = asked(get_order, headers=headers)[1]
    assert (violation.pointer, violation.message) == ("#scope-id", message)


@pytest.mark.parametrize("identity", ["0", "07", "+7", "-7", "7.0", "x", "%D9%A1", "7%2F8", "1" * 10, "%37%0A", "%FF"])
def test_an_ill_formed_id_is_of_nothing(get_order: Operation, identity: str) -> None:
    """Whatever the state, which is why the state is not blamed."""
    with pytest.raises(UnknownResource) as refusal:
        asked(get_order, identity=identity)
    assert not refusal.value.depends_on_state
    assert "is not a valid id" in refusal.value.message


def test_all_that_is_wrong_is_refused_together(contract: Read) -> None:
    """Query, header and body in one refusal."""
    parameters = "      parameters:\n        - {name: limit, in: query, schema: {type: integer}}\n"
    operation = contract(("      summary: Pay an order\n", "      summary: Pay an order\n" + parameters)).operations[1]
    _, wrong = operation.read_arguments({"id": "7"}, [("limit", "x")], request())
    with pytest.raises(Invalid) as refusal:
        operation.check({"amount": 0, "curency": "EUR"}, wrong)
    pointers = [violation.pointer for violation in refusal.value.violations]
    assert pointers[0] == "?limit"
    assert set(pointers[1:]) == {"", "/amount"}
    assert refusal.value.message.endswith("(and 3 more)")


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json ; charset=utf8; x=y",
        "application/json;",
    ],
)
def test_json_may_be_declared_in_many_ways(pay_order: Operation, media_type: str) -> None:
    """All of them say the same."""
    assert pay_order.read_content(request(("Content-Type", media_type), content=b"{}")) == b"{}"


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ([], "it is missing"),
        ([""], "it is "),
        (["text/json"], "it is text/json"),
        (["application/jsonp"], "it is application/jsonp"),
        (["application/vnd.api+json"], "it is application/vnd.api+json"),
        (["application/x-www-form-urlencoded"], "it is application/x-www-form-urlencoded"),
        (["application/json; charset=latin-1"], "charset=latin-1"),
        (["application/json", "application/json"], "it is application/json, application/json"),
    ],
)
def test_what_is_not_declared_as_json_is_refused(pay_order: Operation, declared: list[str], said: str) -> None:
    """The reason quotes what was declared."""
    with pytest.raises(UnsupportedMediaType) as refusal:
        pay_order.read_content(request(*(("Content-Type", one) for one in declared), content=b"{}"))
    assert said in refusal.value.message


def test_a_body_that_was_not_read_is_too_large(pay_order: Operation) -> None:
    with pytest.raises(TooLarge):
        pay_order.read_content(request(("Content-Type", JSON), content=None))


@pytest.mark.parametrize(
    "reply",
    [Reply(201, {"id": "7"}), Reply(201, {"id": "7", "note": "x"}), Reply(409)],
    ids=lambda reply: str(reply.status),
)
def test_documented_replies_pass(pay_order: Operation, reply: Reply) -> None:
    """With their body, or with none where the contract has none."""
    pay_order.check_reply(reply)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(200, {"id": "7"}), "answers the undocumented status 200"),
        (Reply(201), "answers 201 without the application/json of its contract"),
        (Reply(201, {"id": "7"}, media_type="text/plain"), "answers 201 without the application/json"),
        (Reply(201, {"id": 7}), "answers 201 against its contract: /id: 7 is not a string"),
        (Reply(201, {}), "answers 201 against its contract: the body: missing property 'id'"),
        (Reply(201, {"id": "7", "extra": 1}), "unknown property 'extra'"),
        (Reply(409, {}), "answers 409 with a body; its contract has none"),
        (Reply(409, None), "answers 409 with a body; its contract has none"),
    ],
)
def test_an_undocumented_reply_is_a_breach(pay_order: Operation, reply: Reply, says: str) -> None:
    with pytest.raises(ContractBreach, match=r"^payOrder ") as breach:
        pay_order.check_reply(reply)
    assert says in str(breach.value)


def test_an_operation_is_read_with_all_that_vouches_for_it(pay_order: Operation) -> None:
    """Name in snake case, rules by id, responses with provenance inherited or their own."""
    assert (pay_order.name, pay_order.method, pay_order.template) == ("pay_order", "POST", "/orders/{id}")
    assert pay_order.rules["only-once"].says == "An order is paid once."
    assert (pay_order.replies[201].provenance, pay_order.replies[409].provenance) == ("observed", "documented")
    assert pay_order.body is not None
    assert pay_order.body.members == {"amount", "currency", "password"}


def route(contract: Contract, method: str, path: str) -> tuple[str, Mapping[str, str]]:
    operation, found = contract.route(method, path)
    return operation.id, found


def test_paths_stand_below_the_servers_path(contract: Read) -> None:
    """`HEAD` is where `GET` is; an id comes as it was sent."""
    shop = contract()
    assert route(shop, "GET", "/v2/orders/7") == ("getOrder", {"id": "7"})
    assert route(shop, "HEAD", "/v2/orders/a%2Fb") == ("getOrder", {"id": "a%2Fb"})
    assert route(shop, "POST", "/v2/orders/7") == ("payOrder", {"id": "7"})


@pytest.mark.parametrize(
    "path",
    [
        "/orders/7",
        "/v2/orders",
        "/v2/orders/",
        "/v2/orders/7//",
        "/v2/orders/7/8",
        "/v2/Orders/7",
        "",
        "/",
        "/v2//orders/7",
    ],
)
def test_no_other_path_leads_anywhere(contract: Read, path: str) -> None:
    with pytest.raises(Unroutable) as refusal:
        contract().route("GET", path)
    assert refusal.value.allow == ()


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "get", ""])
def test_another_method_is_told_those_that_there_are(contract: Read, method: str) -> None:
    with pytest.raises(Unroutable) as refusal:
        contract().route(method, "/v2/orders/7")
    assert refusal.value.allow == ("GET", "POST", "HEAD")


def test_the_literal_path_goes_before_the_variable(contract: Read) -> None:
    latest = (
        "  /orders/latest:\n    get:\n      operationId: getLatest\n      summary: The last order\n"
        '      x-provenance: assumed\n      responses:\n        "404": {description: None yet.}\ncomponents:\n'
    )
    shop = contract(("components:\n", latest))
    assert route(shop, "GET", "/v2/orders/latest") == ("getLatest", {})
    assert route(shop, "GET", "/v2/orders/latest2") == ("getOrder", {"id": "latest2"})


def test_a_near_miss_is_told_what_was_meant(contract: Read) -> None:
    """By the last segment that is no variable."""
    shop = contract(("  /orders/{id}:\n", "  /orders/{id}/pay:\n"))
    with pytest.raises(Unroutable, match=r"did you mean /v2/orders/\{id\}/pay\?"):
        shop.route("GET", "/orders/7/pay")


def test_the_served_document_points_at_the_sandbox_and_the_read_one_does_not(contract: Read) -> None:
    """Base path included; all else is as written."""
    shop = contract()
    served = shop.document_at("http://127.0.0.1:4080/shop")
    assert [server["url"] for server in served["servers"]] == ["http://127.0.0.1:4080/shop/v2"]
    assert {**served, "servers": None} == {**shop.document, "servers": None}
    assert shop.document["servers"] == [{"url": "https://api.shop.example/v2"}]


def test_amounts_are_judged_exactly(pay_order: Operation) -> None:
    """0.07 and 19.99 are whole cents, 0.005 is not."""
    for amount in ("0.07", "19.99", "1000", "1000.00", "0.01"):
        pay_order.check({"amount": Decimal(amount), "currency": "EUR"}, [])
    for amount in ("0.005", "0.00", "1000.01", "19.999"):
        with pytest.raises(Invalid, match="/amount"):
            pay_order.check({"amount": Decimal(amount), "currency": "EUR"}, [])
