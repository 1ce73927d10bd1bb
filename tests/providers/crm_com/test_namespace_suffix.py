"""A suffix of a user name or token, `~checkout-7`, chooses a namespace; a login repeats it on the issued token."""

from typing import Any, Final

import pytest

from paysandbox.core.messages import Call
from paysandbox.core.problems import Unauthenticated
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.crm_com import PROVIDER as CRM_COM
from paysandbox.providers.crm_com.operations import authentication
from paysandbox.providers.crm_com.operations.pay_invoice import pay_invoice
from paysandbox.providers.crm_com.records.state import CrmComState, Token
from tests.helpers.runtimes import Client
from tests.providers.crm_com.known import CREDENTIALS, PROVIDER, TOKEN, Body

SUFFIXES: Final = ("~checkout-7", "~A", "~" + "a.b_c-9" * 14 + "Zz")  # the last one is as long as a name may be
OTHER: Final = "5C0E3B7A91D24F6880A7C4E2196BD35F"


def build_call(operation: str, body: Any, suffix: str, principal: Token | None = None) -> Call:
    """Build a call as the pipeline does: the suffix stands beside a body that is unchanged."""
    return Call(
        operation=operation,
        path={},
        query={},
        headers={},
        body=body,
        principal=principal,
        origin="",
        namespace_suffix=suffix,
    )


def log_in(state: CrmComState, username: str, suffix: str) -> Any:
    """Return the reply to a login."""
    return authentication.create_token(build_call("createToken", CREDENTIALS | {"username": username}, suffix), state)


def test_credentials_of_the_fixtures_can_carry_a_suffix(runtime: Runtime) -> None:
    """The token, the user name of a login and a web API key can carry a suffix; password and organisation cannot."""
    assert CRM_COM.namespace_credentials == ("token", "username", "web_api_key")
    assert set(CRM_COM.namespace_credentials) < runtime.services[PROVIDER].credentials.keys()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_contract_accepts_suffixes(base_runtime: Runtime, state: CrmComState, payment: Body, suffix: str) -> None:
    """The contract accepts suffixes on user names and tokens in requests, and on tokens in replies."""
    contract = {operation.id: operation for operation in base_runtime.services[PROVIDER].contract.operations}
    contract["createToken"].check(CREDENTIALS | {"username": f"JackH{suffix}"}, [])
    contract["payInvoice"].check(payment(token=TOKEN + suffix), [])
    contract["releaseToken"].check({"token": TOKEN + suffix}, [])
    contract["createToken"].check_reply(log_in(state, f"JackH{suffix}", suffix))


def test_a_login_with_a_suffix_repeats_it_on_the_token(state: CrmComState) -> None:
    """The token is stored without the suffix."""
    answered = log_in(state, "JackH~checkout-7", "~checkout-7").body["data"]["token"]
    token, sign, name = answered.partition("~")
    assert (sign, name) == ("~", "checkout-7")
    kept = state.tokens.get(token)
    assert kept is not None
    assert state.tokens.get(answered) is None
    jack = state.users.find("username", "JackH")
    assert jack is not None
    assert kept.user == jack.id


def test_a_login_without_a_namespace_has_no_suffix(state: CrmComState) -> None:
    """Without a namespace, the same characters are part of the user name, and no user has it."""
    assert "~" not in log_in(state, "JackH", "").body["data"]["token"]
    with pytest.raises(Unauthenticated):
        log_in(state, "JackH~checkout-7", "")


def test_other_operations_use_the_principal(state: CrmComState, payment: Body) -> None:
    """Operations use the principal, not the token in the body."""
    principal = state.tokens.get(OTHER)
    assert principal is not None
    body = payment(token=f"{OTHER}~checkout-7")
    pay_invoice(build_call("payInvoice", body, "~checkout-7", principal), state)
    made = state.payments.find("number", "100")
    assert made is not None
    assert made.issued_by_user == principal.user
    authentication.release_token(
        build_call("releaseToken", {"token": f"{OTHER}~checkout-7"}, "~checkout-7", principal), state
    )
    assert state.tokens.get(OTHER) is None
    assert state.tokens.get(TOKEN) is not None


def test_a_user_name_may_end_like_a_suffix(api: Client) -> None:
    """A `~` without a name is not a suffix, and no such user exists."""
    response = api.post("/authentication/token", CREDENTIALS | {"username": "JackH~"})
    assert response.json["status"]["code"] == "INVALID_TOKEN"
