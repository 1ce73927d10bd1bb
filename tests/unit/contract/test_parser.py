"""Contract files: what the sandbox would not understand stops the start, with file, line and path."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paysandbox.contract.document import Contract
from paysandbox.contract.loader import read_contract
from paysandbox.core.problems import StartupError
from tests.unit.known import SHOP

Findings = Callable[..., list[str]]
Read = Callable[..., Contract]
POST = "$.paths./orders/{id}.post"
GET = "$.paths./orders/{id}.get"


def test_the_small_contract_is_read_as_it_stands(contract: Read) -> None:
    """Otherwise the refusals below prove nothing."""
    assert [operation.id for operation in contract().operations] == ["getOrder", "payOrder"]


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "says"),
    [
        ("required: [id]", "requird: [id]", 71, "$.components.schemas.Order", "requird"),
        (
            "exclusiveMinimum: 0",
            "exclusivMinimum: 0",
            82,
            "$.components.schemas.Payment.properties.amount",
            "exclusivMinimum",
        ),
        ('      x-source: "page: 1"', '      x-sauce: "page: 1"', 23, GET, "x-sauce"),
        (
            "x-provenance: assumed}\n        pass",
            "x-provenance: guessed}\n        pass",
            84,
            ".currency.x-provenance",
            "guessed",
        ),
        ("x-provenance: documented\n      x-source", "x-source", 20, GET, "x-provenance"),
        ("operationId: getOrder", "operationId: get-order", 20, GET + ".operationId", "get-order"),
        ("operationId: getOrder\n      summary", "summary", 20, GET, "operationId"),
        ('"409": {', "default: {", 55, POST + ".responses", "default"),
        ('"409": {', '"4XX": {', 55, POST + ".responses", "4XX"),
        ("in: query", "in: cookie", 26, GET + ".parameters[0].in", "cookie"),
        ("type: apiKey, in: header", "type: apiKey, in: cookie", 66, "$.components.securitySchemes.key", "cookie"),
        ("type: integer", "type: int", 30, GET + ".parameters[0].schema.type", "int"),
        ("format: password", "format: iban", 85, "$.components.schemas.Payment.properties.password.format", "iban"),
        ("https://api.shop", "ftp://api.shop", 4, "$.servers[0].url", "ftp"),
        ("openapi: 3.1.1", "openapi: 3.0.3", 1, "$.openapi", "3.0.3"),
        ("description: A shop.", "descripton: A shop.", 2, "$.info", "descripton"),
        ("  /orders/{id}:", "  orders/{id}:", 11, "$.paths", "orders/{id}"),
        ("id: only-once", "id: Only once", 45, POST + ".x-rules[0].id", "Only once"),
        (", source: house-decision", "", 45, POST + ".x-rules[0]", "source"),
        (
            "required: true\n        content",
            "required: never\n        content",
            47,
            POST + ".requestBody.required",
            "boolean",
        ),
        ("multipleOf: 0.01", "multipleOf: 0", 82, ".amount.multipleOf", "0"),
        ("enum: [EUR, USD]", "enum: []", 84, ".currency.enum", "[]"),
        ('pattern: "^[a-z]+$"', 'pattern: "^[a-z+$"', 50, ".content.application/json", "does not compile"),
        ('$ref: "#/components/schemas/Payment"', '$ref: "other.yaml#/Payment"', 50, ".schema.$ref", "other.yaml"),
        (
            '$ref: "#/components/schemas/Payment"',
            '$ref: "#/components/schemas/Paymnet"',
            50,
            ".schema.$ref",
            "does not exist",
        ),
        ("operationId: payOrder", "operationId: getOrder", 41, POST + ".operationId", "names several operations"),
        ("  /orders/{id}:", "  /orders/{id}-{part}:", 12, "/orders/{id}-{part}", "one variable at most"),
        ("{operationId: getOrder, parameters", "{operationId: gtOrder, parameters", 62, ".links.order", "gtOrder"),
        ("  - key: []", "  - kee: []", 20, GET + ".security", "there is no security scheme 'kee'"),
        (
            "value: {amount: 10.50, currency: EUR}",
            "value: {amount: 10.50}",
            53,
            ".examples.whole",
            "missing property 'currency'",
        ),
        ("value: {amount: 10.50,", "value: {amount: 10.505,", 53, ".examples.whole", "/amount"),
        ("value: {amount: 10.50,", 'value: {amount: "10.50",', 53, ".examples.whole", "/amount"),
    ],
    ids=lambda value: value.strip()[:40] if isinstance(value, str) else "",
)
def test_each_mistake_is_told_with_its_line_and_path(
    findings: Findings, old: str, new: str, line: int, path: str, says: str
) -> None:
    said = findings((old, new))
    near = [one for one in said if says in one and path in one]
    assert near, said
    assert int(near[0].partition(":")[0]) == line


def test_a_rule_given_twice_is_refused(findings: Findings) -> None:
    """Which of them would be shown?"""
    rule = "- {id: only-once, says: An order is paid once., provenance: assumed, source: house-decision}"
    (said,) = findings((rule, f"{rule}\n        {rule}"))
    assert said.endswith(f"{POST}.x-rules: the rule 'only-once' is given twice")


def test_all_mistakes_of_one_kind_are_told_at_once(findings: Findings) -> None:
    """So that a contract is mended in few rounds."""
    said = findings(
        ("required: [id]", "requird: [id]"),
        ('      x-source: "page: 1"', '      x-sauce: "page: 1"'),
        ("maximum: 1000", "maxmum: 1"),
    )
    assert len(said) == 3


def test_what_is_no_yaml_is_refused_with_its_line(findings: Findings) -> None:
    (said,) = findings(("  - key: []", "  - key: [}"))
    assert said.startswith("9: ")


def test_a_duplicate_key_is_refused(findings: Findings) -> None:
    """One of the two would be lost silently."""
    (said,) = findings(("      summary: Get an order\n", "      summary: Get an order\n      summary: Fetch it\n"))
    assert said == "22: duplicate key 'summary'"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "            examples:\n              whole:\n                value: {amount: 10.50, currency: EUR}",
            "            example: {amount: 10.50}",
        ),
        (
            '              schema: {$ref: "#/components/schemas/Order"}\n        "404"',
            '              schema: {$ref: "#/components/schemas/Order"}\n              example: {id: 7}\n        "404"',
        ),
        ('example: "7"', 'example: "07"'),
    ],
    ids=["the body's single example", "a response's", "a parameter's"],
)
def test_every_example_is_held_against_its_schema(findings: Findings, old: str, new: str) -> None:
    """Readers copy them, and the contract suites send them."""
    (said,) = findings((old, new))
    assert "example" in said


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ("maximum: 100, default: 20", "maximum: 100, default: [20]", "0].schema", "the default of a parameter is no"),
        ("schema: {type: boolean}", "schema: {type: object}", "1].schema", "if it has the style deepObject"),
        ("schema: {type: boolean}", "style: deepObject, schema: {type: array}", "1].schema", "if it has the style"),
        (
            "schema: {type: boolean}",
            "style: deepObject, schema: {type: object}",
            "1].schema",
            "free keys of a deepObject",
        ),
        ("type: string, maxLength: 5", "type: array", "2].schema", "only a query parameter can be repeated"),
        ("schema: {type: boolean}", "style: pipeDelimited, schema: {type: array}", "1].style", "pipeDelimited"),
        (
            "schema: {type: boolean}",
            "required: true, allowEmptyValue: true, schema: {type: boolean}",
            "1].allowEmptyValue",
            "only an optional query parameter can be empty",
        ),
        ("schema: {type: boolean}", "allowEmptyValue: no, schema: {type: boolean}", "1].allowEmptyValue", "True was"),
        ("schema: {type: boolean}", "explode: false, schema: {type: array}", "1].explode", "True was expected"),
    ],
)
def test_a_parameter_has_a_form_that_the_sandbox_reads(
    findings: Findings, old: str, new: str, where: str, says: str
) -> None:
    """One value, a repeated one, or an object with its keys in brackets."""
    (said,) = findings((old, new), *([(", x-assumed: [maxLength]}}", "}}")] if "maxLength" in old else []))
    assert f"{GET}.parameters[{where}: " in said
    assert says in said


def test_examples_behind_a_reference_are_looked_at(findings: Findings) -> None:
    """A body may stand among the components."""
    body = (
        "        required: true\n"
        "        content:\n"
        "          application/json:\n"
        '            schema: {$ref: "#/components/schemas/Payment"}\n'
        "            examples:\n"
        "              whole:\n"
        "                value: {amount: 10.50, currency: EUR}\n"
    )
    moved = body.replace("10.50", "-1").replace("\n        ", "\n      ").removeprefix("  ")
    said = findings(
        ("      requestBody:\n" + body, '      requestBody: {$ref: "#/components/requestBodies/Pay"}\n'),
        ("components:\n", "components:\n  requestBodies:\n    Pay:\n" + moved),
    )
    assert any("/amount" in one for one in said)


def test_a_link_may_be_a_reference(contract: Read) -> None:
    """To one among the components, which names an operation."""
    read = contract(
        (
            "            order: {operationId: getOrder, parameters: {path.id: $response.body#/id}}",
            '            order: {$ref: "#/components/links/order"}',
        ),
        ("components:\n", "components:\n  links:\n    order: {operationId: getOrder}\n"),
    )
    assert len(read.operations) == 2


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        (
            "id: {type: string, description",
            "id: {$ref: '#/components/securitySchemes/key', description",
            ".id.$ref",
            "key",
        ),
        ('"404": {description: There is none.}', '"404": {$ref: "#/components/schemas/Order"}', ".404.$ref", "Order"),
        ("- {name: full, in: query, schema: {type: boolean}}", '- {$ref: "#/info"}', ".parameters[1].$ref", "#/info"),
        (
            "            order: {operationId: getOrder, parameters: {path.id: $response.body#/id}}",
            '            order: {$ref: "#/paths"}',
            ".links.order.$ref",
            "#/paths",
        ),
        ("value: {amount: 10.50, currency: EUR}", '$ref: "#/components/examples/no"', ".whole.$ref", "does not exist"),
        ("value: {amount: 10.50, currency: EUR}", '$ref: "#/info/title"', ".whole.$ref", "#/info/title"),
    ],
    ids=["a member", "a response", "a parameter", "a link", "an example", "an example elsewhere"],
)
def test_a_reference_leads_to_a_component_of_its_kind(
    findings: Findings, old: str, new: str, path: str, says: str
) -> None:
    """What it leads to otherwise would be taken for what it is not."""
    (said,) = findings((old, new))
    assert f"{path}: " in said
    assert says in said


@pytest.mark.parametrize(
    "schemas",
    [
        "    Order: {$ref: '#/components/schemas/Order'}",
        "    Order: {$ref: '#/components/schemas/Other'}\n    Other: {$ref: '#/components/schemas/Order'}",
        "    Order: {type: object, allOf: [{type: object}, {$ref: '#/components/schemas/Order'}]}",
        "    Order: {not: {$ref: '#/components/schemas/Other'}}\n    Other: {if: {$ref: '#/components/schemas/Order'}}",
    ],
    ids=["itself", "two", "a part of itself", "deeper"],
)
def test_a_reference_that_goes_round_in_circles_is_refused(findings: Findings, schemas: str) -> None:
    """Nothing could be held against it."""
    old = SHOP[SHOP.index("    Order:\n") : SHOP.index("    Payment:\n")]
    said = findings((old, f"{schemas}\n"))
    assert said
    assert all("refers to itself" in one for one in said)


def test_a_reference_to_what_it_stands_in_is_fine(contract: Read) -> None:
    """A tree is made of trees, each with an end."""
    read = contract(("note: {type: string", "note: {$ref: '#/components/schemas/Order'"))
    assert len(read.operations) == 2


def test_words_in_examples_are_data(contract: Read) -> None:
    """A member of an example may have any name, `$ref` and `requird` too."""
    read = contract(
        (
            "        note: {type: string, x-provenance: assumed}",
            "        note: {type: object, examples: [{$ref: x, requird: 1}]}",
        )
    )
    assert len(read.operations) == 2


def test_a_member_may_be_called_like_a_keyword(contract: Read) -> None:
    """Names of members are the vendor's business."""
    read = contract(
        ("        note:", "        requird: {type: string}\n        examples: {type: string}\n        $ref2:")
    )
    assert read.operations[0].id == "getOrder"


def test_a_mended_contract_is_read(findings: Findings, contract: Read) -> None:
    """A mistake is not remembered."""
    findings(("required: [id]", "requird: [id]"))
    assert contract().title == "Shop"


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    for text in ("", "- a\n", "text\n"):
        path.write_text(text)
        with pytest.raises(StartupError, match=r"^a\.yaml:1: \$: "):
            read_contract(path, "a.yaml")
