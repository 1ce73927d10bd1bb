"""Operations on the company that the token belongs to.

Source: the vendor's pages for /companies, of which the content is known, but not the wording, and the vendor's clients.
"""

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, Unauthenticated
from paysandbox.providers.invisible_collector import wire
from paysandbox.providers.invisible_collector.records import Company, InvisibleCollectorState


def get_company(call: Call, state: InvisibleCollectorState) -> Reply:
    """Return the company."""
    return Reply(200, wire.write_company(_read_company(call, state)))


def update_company(call: Call, state: InvisibleCollectorState) -> Reply:
    """Change the address of the company.

    Raises:
        NotAllowed: the name or the VAT number is not the company's.
    """
    company = _read_company(call, state)
    rule = call.rule("name-and-vat-number-are-the-companys")
    for name, held in (("name", company.name), ("vatNumber", company.vat_number)):
        if call.body[name] != held:
            raise NotAllowed(f"the company's is {held!r}, not {call.body[name]!r}", rule=rule, at=f"/{name}")
    changes = wire.read_address(call.body)
    if None in changes.values():
        call.rule("properties-left-out-are-kept")
    company = replace(company, **{name: value for name, value in changes.items() if value is not None})
    state.companies.put(company)
    return Reply(200, wire.write_company(company))


def enable_notifications(call: Call, state: InvisibleCollectorState) -> Reply:
    """Let Invisible Collector write to the company's customers."""
    return _switch_notifications(call, state, enabled=True)


def disable_notifications(call: Call, state: InvisibleCollectorState) -> Reply:
    """Keep Invisible Collector from writing to the company's customers."""
    return _switch_notifications(call, state, enabled=False)


def _read_company(call: Call, state: InvisibleCollectorState) -> Company:
    company = state.companies.get(call.principal)
    if company is None:  # no operation deletes a company, but the control API can
        raise Unauthenticated("the company of this token does not exist")
    return company


def _switch_notifications(call: Call, state: InvisibleCollectorState, *, enabled: bool) -> Reply:
    company = replace(_read_company(call, state), notifications_enabled=enabled)
    state.companies.put(company)
    return Reply(200, wire.write_company(company))
