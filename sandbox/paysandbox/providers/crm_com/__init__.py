"""CRM.COM (V4 web API): payment of whole invoices, and the login for it. The variant `release` chooses R7 to R18."""

from paysandbox.kit.provider import Provider
from paysandbox.providers.crm_com import errors, hints, invariants, operations, rules
from paysandbox.providers.crm_com.records import CrmComState

PROVIDER = Provider(
    name="crm_com",
    operations=operations,
    state=CrmComState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=hints.advise,
    invariants=invariants.INVARIANTS,
    marked=("token", "username"),
    earliest=rules.earliest,
    body_credential="token",
)
