"""CRM.COM (V4 web API): payments of whole invoices, and the login. The variant `release` chooses R7 to R18."""

from paysandbox.kit.provider import Provider
from paysandbox.providers.crm_com import errors, hints, invariants, operations
from paysandbox.providers.crm_com.lookup import logins
from paysandbox.providers.crm_com.records.state import CrmComState
from paysandbox.providers.crm_com.rules import tokens
from paysandbox.providers.crm_com.statements import STATEMENTS

PROVIDER = Provider(
    name="crm_com",
    operations=operations,
    state=CrmComState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=hints.advise,
    invariants=invariants.INVARIANTS,
    statements=STATEMENTS,
    namespace_credentials=("token", "username", "web_api_key"),
    check_credentials=logins.check_credentials,
    earliest=tokens.find_earliest_time,
    expiries=tokens.list_expiries,
    authenticators={"web_api_key": errors.authenticate_key},
    body_credential="token",
)
