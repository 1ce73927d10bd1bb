"""What `paysandbox new` refuses: nothing is written, and the message says where and what to do."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from paysandbox.cli.main import main

HEAD = "openapi: 3.0.0\ninfo: {title: T, version: '1'}\npaths:\n"
OPERATION = "  /a:\n    get:\n      responses:\n        '200':\n          description: OK\n"
CONTENT = "          content: {application/json: {schema: "


def make(folder: Path, text: str, name: str = "acme", suffix: str = "yaml") -> Result:
    """Scaffold from a text."""
    document = folder / f"document.{suffix}"
    document.write_text(text)
    arguments = ["new", name, "--openapi", str(document), "--providers", str(folder / "providers")]
    return CliRunner().invoke(main, arguments, prog_name="paysandbox")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "swagger: '2.0'\ninfo: {}\n",
            "document.yaml:1: $.swagger: this is Swagger 2.0; convert it to OpenAPI 3 first:",
        ),
        ("", "document.yaml:1: $: this is not an OpenAPI document"),
        ("- a\n", "document.yaml:1: $: this is not an OpenAPI document"),
        ("info: {title: T}\n", "$.openapi: this is not an OpenAPI document: openapi is missing"),
        (
            "openapi: 3.2.0\npaths: {}\n",
            "document.yaml:1: $.openapi: OpenAPI 3.2.0 is not read; OpenAPI 3.0",
        ),
        ("openapi: 3.0.0\nquite: [broken\n", "document.yaml:3: did not find expected ',' or ']'"),
        ("openapi: 3.0.0\npaths: {}\n", "document.yaml:2: $.paths: the document has no paths"),
        (f"{HEAD}  /a: 7\n", "document.yaml:4: $.paths./a: an object is expected here"),
        (f"{HEAD}  /a:\n    get: []\n", "document.yaml:5: $.paths./a.get: an object is expected here"),
        (
            f"{HEAD}  /a:\n    head: {{responses: {{}}}}\n",
            "$.paths: the document has no operation that can be imitated",
        ),
        (
            f"{HEAD}{OPERATION}{CONTENT}{{$ref: 'other.yaml#/A'}}}}}}\n",
            "json.schema.$ref: other.yaml#/A leads to another file; bundle it first: npx @redocly/cli bundle",
        ),
        (
            f"{HEAD}{OPERATION}{CONTENT}{{$ref: '#/components/schemas/A'}}}}}}\n",
            "$ref: #/components/schemas/A does not exist",
        ),
        (
            f"{HEAD}{OPERATION}components: {{schemas: {{A: {{$ref: '#/components/schemas/A'}}}}}}\n",
            "#/components/schemas/A refers to itself",
        ),
        (
            f"{HEAD}{OPERATION}components: {{schemas: {{A: [x]}}}}\n",
            "$.components.schemas.A: an object is expected here",
        ),
        (f"{HEAD}{OPERATION}x: *alias\n", "found undefined alias"),
        (f"{HEAD}{OPERATION}components: 7\nsecurity: [{{a: []}}]\n", "$.components: an object is expected here"),
        (f"{HEAD}{OPERATION}tags: 7\n", "a part of this document has another form than OpenAPI's (TypeError:"),
    ],
)
def test_a_document_that_cannot_be_taken_over_is_refused(tmp_path: Path, text: str, error: str) -> None:
    """With file, line and path, exit code 2, and without a trace."""
    result = make(tmp_path, text)
    assert result.exit_code == 2, result.output
    assert error in result.output
    assert result.output.startswith(f"{tmp_path / 'document.yaml'}:")
    assert not list(tmp_path.glob("providers/*"))


def test_broken_json_is_refused_with_its_line(tmp_path: Path) -> None:
    """As any other document."""
    result = make(tmp_path, '{"openapi": "3.1.0",\n"paths": {,}}', suffix="json")
    assert (result.exit_code, "document.json:2: Expecting property name" in result.output) == (2, True)


@pytest.mark.parametrize("name", ["Acme", "acme-pay", "control", "ns", "_x", "1a", "a__b", "../acme"])
def test_a_name_that_cannot_be_served_is_refused(tmp_path: Path, name: str) -> None:
    """A provider's name is a part of variables and of the path."""
    result = make(tmp_path, HEAD + OPERATION, name)
    assert (result.exit_code, "cannot be the name of a provider" in result.output) == (2, True)


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    """By a packaged provider, or by a folder that is there already."""
    assert "there is a provider of the name 'invoiless' already" in make(tmp_path, HEAD + OPERATION, "invoiless").output
    assert make(tmp_path, HEAD + OPERATION).exit_code == 0
    before = (tmp_path / "providers" / "acme" / "openapi.yaml").read_bytes()
    result = make(tmp_path, HEAD + OPERATION)
    assert (result.exit_code, "there is such a folder already" in result.output) == (2, True)
    assert (tmp_path / "providers" / "acme" / "openapi.yaml").read_bytes() == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """By click, before anything is read."""
    (tmp_path / "providers").write_text("")
    assert make(tmp_path, HEAD + OPERATION).exit_code == 2
