"""Fixtures of a user's own: a folder or file with some providers, and what is refused of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.core.problems import StartupError
from paysandbox.kit.files import find_packaged_fixtures
from paysandbox.kit.provider import find_providers
from tests.helpers.runtimes import Client, dump

PROVIDERS: Final = [provider.name for provider in find_providers()]
SMALL: Final = """\
credentials: {api_key: our-key}
tables:
  accounts: [{id: 603df7939b3e7d00418c2f07, name: Our shop, apiKey: our-key}]
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write the fixtures of a provider, and return the folder."""

    def write(provider: str, text: str) -> Path:
        path = tmp_path / "mine" / provider / "default.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return tmp_path / "mine"

    return write


def test_a_folder_may_hold_one_provider(write: Callable[[str, str], Path]) -> None:
    """The others come from the package."""
    client = Client(create_runtime(fixtures=write("invoiless", SMALL)))
    assert client.get("/invoiless/v1/invoices", headers={"api-key": "our-key"}).status == 200
    assert client.get("/invoiless/v1/invoices", headers={"api-key": "invoiless-test-key"}).status == 403
    packaged = create_runtime()
    for name in PROVIDERS:
        if name != "invoiless":
            assert dump(client.runtime, name) == dump(packaged, name)


def test_a_file_may_hold_the_fixtures_of_some_providers(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text("invoiless:\n  " + SMALL.replace("\n", "\n  ") + "\nnobody: {}\n")
    runtime = create_runtime(fixtures=file)
    assert runtime.services["invoiless"].credentials == {"api_key": "our-key"}
    assert dump(runtime, "crm_com") == dump(create_runtime(), "crm_com")
    (notice,) = runtime.notices
    assert notice.startswith(f"{file}: nobody is not read, because no provider has this name; there are crm_com, ")


@pytest.mark.parametrize("is_file", [True, False])
def test_fixtures_of_no_provider_are_refused(tmp_path: Path, *, is_file: bool) -> None:
    """Certainly not what was meant."""
    given = tmp_path / "mine"
    if is_file:
        given.write_text("invoicexpres: {}\n")
    else:
        (given / "invoicexpres").mkdir(parents=True)
    with pytest.raises(StartupError) as refusal:
        create_runtime(fixtures=given)
    assert refusal.value.errors[0].startswith(f"{given}:1: there are no fixtures here; ")
    assert "invoicexpres" in refusal.value.errors[1]


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_file_of_one_provider_is_told_how_it_is_given(tmp_path: Path, name: str) -> None:
    """Without a word on its sections, each of which was said not to be a provider."""
    file = find_packaged_fixtures(name)
    with pytest.raises(StartupError) as refusal:
        create_runtime(fixtures=file)
    assert list(refusal.value.errors) == [
        f"{file}:1: these are the fixtures of {name} alone; name the folder that holds {name}/default.yaml instead"
    ]
    other = tmp_path / "ours.yaml"
    other.write_bytes(file.read_bytes())
    with pytest.raises(StartupError) as refusal:
        create_runtime(fixtures=other)
    (error,) = refusal.value.errors
    assert error.startswith(f"{other}:1: these are the fixtures of one provider; put them below its name, <provider>: ")
    assert error.endswith(f"; the providers are {', '.join(PROVIDERS)}")


SMALLER_PAYMENT: Final = """\
extends: default
tables:
  payments:
    - id: 652673189b3e7d00418c30d5
      invoice: 651c156b9b3e7d00418c30b2
      amount: 5
      method: Card
      paidAt: 2023-10-11
      createdAt: 2023-10-11T10:04:08Z
      updatedAt: 2023-10-11T10:04:08Z
"""
SECOND_KEY: Final = """\
tables:
  accounts:
    - {id: 603df7939b3e7d00418c2f07, name: Our shop, apiKey: our-key}
    - {id: 603df7939b3e7d00418c2f08, name: Our other shop, apiKey: our-key}
"""
SECOND_KEY_OF_A_FIRM: Final = """\
extends: default
tables:
  accounts:
    - {id: 7, account_name: ours, organization_name: Ours, api_key: ix-test-key}
"""
SECOND_TOKEN: Final = """\
extends: default
tables:
  tokens:
    - {token: ours, company: 8f9f3c1e-9a2b-4a53-9c6b-0f4d7f1e2a10}
    - {token: ours, company: 8f9f3c1e-9a2b-4a53-9c6b-0f4d7f1e2a11}
"""
SECOND_LOGIN: Final = """\
extends: default
tables:
  users:
    - {id: EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE, username: JackH, password: x, unit: D7482E37538032BB247506C2D7F86BA1}
"""
SECOND_NUMBER: Final = """\
extends: default
tables:
  invoices:
    - id: 651d68809b3e7d00418c2f99
      number: INV-2023-142
      account: 603df7939b3e7d00418c2f07
      customer: 644908ec9b3e7d00418c2f69
      status: Unpaid
      isRetainer: false
      currency: EUR
      items: []
      total: 0
      balance: 0
      date: "2023-10-04"
      dueDate: "2024-02-01"
      createdAt: "2023-10-04T13:28:32.959Z"
"""
SECOND_SERIE_A: Final = """\
extends: default
tables:
  sequences:
    - {id: 5, account: 104412, serie: A, relevant: false, current_receipt_number: 0}
"""


FOREIGN_CLIENT: Final = """\
extends: default
tables:
  clients:
    - {id: 1310176, account: 104412, name: John, country: Portugall}
"""


def test_a_value_is_held_against_the_contract_under_the_chosen_variants(write: Callable[[str, str], Path]) -> None:
    """A lenient service takes any country; the other one proposes what was meant."""
    with pytest.raises(StartupError, match=r"in the contract \(did you mean 'Portugal'\?\)"):
        create_runtime(fixtures=write("invoicexpress", FOREIGN_CLIENT))
    create_runtime(fixtures=write("invoicexpress", f"variants: {{checks: lenient}}\n{FOREIGN_CLIENT}"))


def test_an_error_of_a_file_is_told_once(tmp_path: Path) -> None:
    """Though the file is read for each provider."""
    file = tmp_path / "half.yaml"
    file.write_text("invoiless: {\n")
    with pytest.raises(StartupError) as refusal:
        create_runtime(fixtures=file)
    assert len(refusal.value.errors) == 1


@pytest.mark.parametrize(
    ("provider", "text", "line"),
    [
        (
            "invoiless",
            SMALLER_PAYMENT,
            "1: $: invoices/651c156b9b3e7d00418c30b2: balance is 0.00, but the total less the payments is ",
        ),
        (
            "invoiless",
            SMALL.replace("api_key: our-key", "api_key: other-key"),
            "1: $.credentials.api_key: no account has this api-key, so no call with it would be accepted",
        ),
        (
            "crm_com",
            "extends: default\ncredentials: {password: forgotten}\n",
            "2: $.credentials.username: username, password and organisation match no user; ",
        ),
        (
            "crm_com",
            "extends: default\ncredentials:\n  token: B8D7A12E9F91AFADE914B7330AFD08CC\n",
            "3: $.credentials.token: no login has this token; it must be in tokens",
        ),
        (
            "invoicexpress",
            SECOND_SERIE_A,
            "4: $.tables.sequences[0]: serie is A, but sequences/12345 of the same account has it too ",
        ),
        (
            "invoicexpress",
            FOREIGN_CLIENT,
            "4: $.tables.clients[0].country: 'Portugall' is not one of the ",
        ),
        (
            "invoiless",
            SECOND_KEY,
            "4: $.tables.accounts[1]: apiKey is the same as that of accounts/603df7939b3e7d00418c2f07 (invariant ",
        ),
        (
            "invoicexpress",
            SECOND_KEY_OF_A_FIRM,
            "4: $.tables.accounts[0]: api_key is the same as that of accounts/104412 (invariant ",
        ),
        ("invisible_collector", SECOND_TOKEN, "5: $.tables.tokens[1]: duplicate key 'ours' in tokens"),
        (
            "crm_com",
            SECOND_LOGIN,
            "4: $.tables.users[0]: username is the same as that of users/ECDD890696B9928DBA3B88FC34CFCF5E (invariant ",
        ),
        (
            "invoiless",
            SECOND_NUMBER,
            "4: $.tables.invoices[0]: number is the same as that of invoices/651d68809b3e7d00418c2f77 (invariant ",
        ),
    ],
    ids=[
        *("total", "credential", "login", "token", "serie", "country"),
        *("two keys", "two keys of InvoiceXpress", "two tokens", "two logins", "two numbers"),
    ],
)
def test_what_the_records_do_not_bear_out_is_refused(
    write: Callable[[str, str], Path], provider: str, text: str, line: str
) -> None:
    """At every start, with file, line and path."""
    folder = write(provider, text)
    with pytest.raises(StartupError) as refusal:
        create_runtime(fixtures=folder)
    assert any(error.startswith(f"{folder}/{provider}/default.yaml:{line}") for error in refusal.value.errors), (
        refusal.value.errors
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_empty_provider_starts(write: Callable[[str, str], Path], provider: str) -> None:
    """A user may begin with nothing."""
    create_runtime(fixtures=write(provider, "tables: {}\n"))
