"""A mark on a user name or token, `~checkout-7`, chooses a namespace: a login answers it on the token it hands out."""

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

MARKS: Final = ("~checkout-7", "~A", "~" + "a.b_c-9" * 14 + "Zz")  # the last one is as long as a name may be
OTHER: Final = "5C0E3B7A91D24F6880A7C4E2196BD35F"


def called(operation: str, body: Any, mark: str, principal: Token | None = None) -> Call:
    """A call as the life of a call makes it: the mark beside a body that stays as it was sent."""
    return Call(
        operation=operation, path={}, query={}, headers={}, body=body, principal=principal, origin="", mark=mark
    )


def logged_in(state: CrmComState, username: str, mark: str) -> Any:
    """The answer to a login."""
    return authentication.create_token(called("createToken", CREDENTIALS | {"username": username}, mark), state)


def test_what_may_carry_a_mark_are_credentials_of_the_fixtures(runtime: Runtime) -> None:
    """The token, and the user name of a login; a password and an organisation do not."""
    assert CRM_COM.marked == ("token", "username")
    assert set(CRM_COM.marked) < runtime.services[PROVIDER].credentials.keys()


@pytest.mark.parametrize("mark", MARKS)
def test_the_contract_lets_marks_through(base_runtime: Runtime, state: CrmComState, payment: Body, mark: str) -> None:
    """On the user name and the token that are sent, and on the token that is answered."""
    contract = {operation.id: operation for operation in base_runtime.services[PROVIDER].contract.operations}
    contract["createToken"].check(CREDENTIALS | {"username": f"JackH{mark}"}, [])
    contract["payInvoice"].check(payment(token=TOKEN + mark), [])
    contract["releaseToken"].check({"token": TOKEN + mark}, [])
    contract["createToken"].check_reply(logged_in(state, f"JackH{mark}", mark))


def test_a_login_with_a_mark_hands_out_a_token_with_it(state: CrmComState) -> None:
    """What is kept is the token without it."""
    answered = logged_in(state, "JackH~checkout-7", "~checkout-7").body["data"]["token"]
    token, sign, name = answered.partition("~")
    assert (sign, name) == ("~", "checkout-7")
    kept = state.tokens.get(token)
    assert kept is not None
    assert state.tokens.get(answered) is None
    jack = state.users.find("username", "JackH")
    assert jack is not None
    assert kept.user == jack.id


def test_a_login_without_a_mark_is_as_ever(state: CrmComState) -> None:
    """And a mark that is none is part of the user name, whom nobody knows."""
    assert "~" not in logged_in(state, "JackH", "").body["data"]["token"]
    with pytest.raises(Unauthenticated):
        logged_in(state, "JackH~checkout-7", "")


def test_other_calls_are_made_by_whom_the_token_is_and_not_by_what_was_sent(state: CrmComState, payment: Body) -> None:
    """The token in the body may be another text: who calls is the principal."""
    principal = state.tokens.get(OTHER)
    assert principal is not None
    body = payment(token=f"{OTHER}~checkout-7")
    pay_invoice(called("payInvoice", body, "~checkout-7", principal), state)
    made = state.payments.find("number", "100")
    assert made is not None
    assert made.issued_by_user == principal.user
    authentication.release_token(
        called("releaseToken", {"token": f"{OTHER}~checkout-7"}, "~checkout-7", principal), state
    )
    assert state.tokens.get(OTHER) is None
    assert state.tokens.get(TOKEN) is not None


def test_a_user_name_may_end_like_a_mark(api: Client) -> None:
    """A sign that no name follows is no mark, and such a user does not exist here."""
    response = api.post("/authentication/token", CREDENTIALS | {"username": "JackH~"})
    assert response.json["status"]["code"] == "INVALID_TOKEN"
