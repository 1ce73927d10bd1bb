"""CRM.COM (V4 web API): payment of whole invoices, and the login for it. The variant `release` chooses R7 to R18."""

from sandbox.provider import Provider
from sandbox.providers.crm_com import advice, errors, laws, operations, rules
from sandbox.providers.crm_com.records import CrmComState

PROVIDER = Provider(
    name="crm_com",
    operations=operations,
    state=CrmComState,
    authenticate=errors.authenticate,
    refuse=errors.refuse,
    fail=errors.fail,
    advise=advice.advise,
    laws=laws.LAWS,
    marked=("token", "username"),
    earliest=rules.earliest,
    body_credential="token",
)
