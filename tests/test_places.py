"""Refusals name the place in the request that they are about, or this page says why they name none.

The fixture `places_exist` of tests/providers/conftest.py holds each place that a test of a provider meets against its
request; here the code itself is read, so that a refusal which no test provokes is found too.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

import paysandbox
from paysandbox.core import problems
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import CONTROL, Runtime
from tests.helpers.places import is_place_of, list_properties

PROVIDERS: Final = [provider.name for provider in find_providers()]
KINDS: Final = {
    name for name, kind in vars(problems).items() if isinstance(kind, type) and issubclass(kind, problems.Problem)
}
_CREDENTIAL: Final = "it is about the credential, which is masked wherever it is shown"

# By provider, the functions that refuse without naming a place, each with the reason.
PLACELESS: Final[Mapping[str, Mapping[str, str]]] = {
    "crm_com": {
        "errors.authenticate": _CREDENTIAL,
        "errors.authenticate_key": _CREDENTIAL,
        "operations.authentication.create_web_api_key_token": _CREDENTIAL + ", or the release lacks the method",
        "operations.authentication.release_token": "the release lacks the method, whatever is sent",
        "operations.authentication._find_user": "user name, password and organisation do not match: any may be wrong",
        "parameters.check_method": "the release lacks the method, whatever is sent",
    },
    "invisible_collector": {
        "errors.authenticate": _CREDENTIAL,
        "operations.companies._read_company": _CREDENTIAL,
    },
    "invoicexpress": {
        "errors.authenticate": _CREDENTIAL,
        "lookup.find_tax": "the account has no default tax, and any line may lack a tax",
        "operations.sequences.register_sequence": "the account has no credentials at the tax authority",
    },
    "invoiless": {"errors.authenticate": _CREDENTIAL},
    CONTROL: {
        "errors.authenticate": _CREDENTIAL,
        "errors.check_access": _CREDENTIAL,
        "errors.check_site": "it is about who asks, not about what is asked",
        "operations.sandbox.reload": "the files of the server are at fault",
        "operations.sessions.create_session": _CREDENTIAL,
        "operations.snapshots.create_snapshot": "the namespace has no room, whatever the name",
        "operations.transfer._check_room": "the namespace has no room for the endpoints as a whole",
        "operations.webhooks.create_webhook": "the namespace has no room, whatever the endpoint",
    },
}


def find_placeless(provider: str) -> Iterator[str]:
    """Yield the functions of a provider that make a problem with neither `at` nor `violations`."""
    package = Path(paysandbox.__file__).parent
    folder = package / "control" if provider == CONTROL else package / "providers" / provider
    for path in folder.rglob("*.py"):
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(map(_is_placeless, ast.walk(function))):
                yield f"{module}.{function.name}"


def _is_placeless(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS):
        return False
    return not {"at", "violations"} & {keyword.arg for keyword in node.keywords}


def test_a_refusal_without_a_place_is_found() -> None:
    """In the form in which handlers write it; a match pattern such as `case NotFound():` is none."""
    written = ast.parse(
        'raise NotFound("x", rule=rule)\nraise NotFound("x", at="/a")\nmatch x:\n case NotFound(): pass'
    )
    assert [ast.unparse(node) for node in ast.walk(written) if _is_placeless(node)] == ["NotFound('x', rule=rule)"]


@pytest.mark.parametrize("provider", [*PROVIDERS, CONTROL])
def test_every_refusal_names_its_place_or_this_page_says_why_not(provider: str) -> None:
    """All that a provider's code can refuse, both ways."""
    assert set(find_placeless(provider)) == PLACELESS.get(provider, {}).keys()


@pytest.mark.parametrize(
    ("pointer", "is_place"),
    [
        ("/lines/0/number", True),
        ("/lines/1/number", False),
        ("/lines/0/referenceNumber", True),
        ("/lines/0/referenceNumbr", False),
        ("/externalId", True),
        ("?number", False),
        ("{id}", False),
    ],
)
def test_a_place_that_a_request_cannot_have_is_noticed(base_runtime: Runtime, pointer: str, *, is_place: bool) -> None:
    """One beyond the end of a list, one misspelt, one of another operation."""
    operations = base_runtime.services["invisible_collector"].contract.operations
    operation = next(one for one in operations if one.id == "createPayment")
    body = {"number": "1", "lines": [{"number": "FT 1", "amount": 1}]}
    assert is_place_of(pointer, body, operation, list_properties("invisible_collector")) == is_place
