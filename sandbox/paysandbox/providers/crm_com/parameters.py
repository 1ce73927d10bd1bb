"""Parameters that several operations share: those of later releases, `fields_set` and `back_office_code`."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.core.messages import Call
from paysandbox.core.problems import RULE, Invalid, NotAllowed, Violation
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.records.state import CrmComState
from paysandbox.providers.crm_com.rules import releases
from paysandbox.store.state import Table

_DATES: Final = ("received_on", *(f"udf_date_{number}" for number in range(1, 5)))


def read_body(call: Call) -> Call:
    """Return the call with a body as CRM.COM reads it.

    Keys of identifiers that are null or empty are left out, and dates are in UTC to the second, without a zone.
    """
    dropped: set[Any] = set()
    body = identifiers.drop_empty_keys(call.body, dropped)
    if None in dropped:
        call.rule("null-identifier-keys-do-not-count")
    if "" in dropped:
        call.rule("empty-identifier-keys-do-not-count")
    for name in _DATES:
        given = body.get(name)
        if given is not None and (date := wire.read_date_time(given)) != given:
            call.rule("dates-are-taken-leniently")
            body[name] = date
    return replace(call, body=body)


def check_release(call: Call, state: CrmComState, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that the release does not have yet.

    `parameters` is the body, or the query with its identifiers as objects.

    Raises:
        Invalid: names each such parameter, and the release that introduced it.
    """
    # Authentication ran before every operation; the rule is counted here, because it has no Call.
    call.rule("token-must-be-valid")
    release = state.variants["release"]
    violations = [
        Violation(
            pointer=f"?{path[0]}" if call.body is None else "/" + "/".join(path),
            keyword=RULE,
            message=f"{path[-1]} is available from CRM.COM {since}; this is {release}",
        )
        for path, since in releases.find_later_parameters(call.operation, release, parameters)
    ]
    if violations:
        rule = call.rule("release-gates")
        raise Invalid("; ".join(violation.message for violation in violations), rule=rule, violations=violations)


def check_method(call: Call, state: CrmComState, since: str) -> None:
    """Refuse a method that the release does not have yet.

    Raises:
        Invalid: names the release that introduced it.
    """
    call.rule("token-must-be-valid")
    release = state.variants["release"]
    if not releases.includes(release, since):
        rule = call.rule("release-gates")
        raise Invalid(f"this method is available from CRM.COM {since}; this is {release}", rule=rule)


def check_back_office_code(call: Call, table: Table[Any], name: str) -> str | None:
    """Return the back office code that the call gives to a new record, None without one.

    Raises:
        NotAllowed: another record of the table has this code.
    """
    code: str | None = call.body.get("back_office_code")
    if code is not None:
        rule = call.rule("back-office-code-unique")
        if table.count("back_office_code", code):
            raise NotAllowed(f"another {name} has the back office code {code}", rule=rule, at="/back_office_code")
    return code


def select_fields(call: Call, properties: dict[str, Any], fields_set: str | None) -> dict[str, Any]:
    """Return the properties that `fields_set` names, all without a `fields_set`."""
    if fields_set is None:
        return properties
    call.rule("fields-set-filters-reply")
    names = wire.read_fields_set(fields_set)
    return {name: value for name, value in properties.items() if name in names}
