"""The clock cannot be set before the time at which a valid token was issued."""

from datetime import timedelta

from paysandbox.providers.crm_com import PROVIDER as CRM_COM
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import NOON, Client
from tests.providers.crm_com.known import CREDENTIALS, LOGIN, RELEASE, data


def test_tokens_that_never_expire_bind_no_clock(state: CrmComState) -> None:
    """The fixtures have only such tokens, so their clock can be set to any time."""
    assert CRM_COM.earliest is not None
    assert CRM_COM.earliest(state) is None


def test_the_youngest_token_counts(api: Client, state: CrmComState) -> None:
    """The later of two logins counts until its token is released."""
    assert CRM_COM.earliest is not None
    data(api.post(LOGIN, CREDENTIALS))
    assert CRM_COM.earliest(state) == NOON
    api.runtime.namespaces.get("default").clock.advance(60)
    token = data(api.post(LOGIN, CREDENTIALS))["token"]
    assert CRM_COM.earliest(state) == NOON + timedelta(seconds=60)
    data(api.post(RELEASE, {"token": token}))
    assert CRM_COM.earliest(state) == NOON
