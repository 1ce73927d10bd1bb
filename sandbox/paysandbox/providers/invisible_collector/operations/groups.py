"""Operations on groups of customers.

Source: the vendor's pages for /groups, of which the content is known, but not the wording, and the vendor's clients.
"""

from typing import Any

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed, NotFound
from paysandbox.providers.invisible_collector.lookup import require_customer
from paysandbox.providers.invisible_collector.records import Group, GroupMember, InvisibleCollectorState


def list_groups(call: Call, state: InvisibleCollectorState) -> Reply:
    """List the groups of the company, the oldest first."""
    return Reply(200, [_write(group) for group in state.groups.all("company", call.principal)])


def create_group(call: Call, state: InvisibleCollectorState) -> Reply:
    """Make a group of customers.

    Raises:
        Conflict: the company has a group of this name.
        NotAllowed: the same, by a variant.
    """
    name = call.body["name"]
    rule = call.rule("group-name-unique-per-company")
    existing = state.groups.find("name", (call.principal, name))
    if existing is not None:
        says = f"this company has a group {name!r}"
        match state.variants["group_duplicate"]:
            case "same":
                return Reply(200, _write(existing))
            case "422":
                facts = {"message": "A group with the given name already exists"}
                raise NotAllowed(says, rule=rule, at="/name", facts=facts)
            case _:
                raise Conflict(says, rule=rule, at="/name", facts={"what": "group", "gid": existing.id})
    group = Group(id=state.uuid("group"), company=call.principal, name=name)
    state.groups.put(group)
    return Reply(201, _write(group))


def get_group(call: Call, state: InvisibleCollectorState) -> Reply:
    """Return a group.

    Raises:
        NotFound: the company has no such group.
    """
    return Reply(200, _write(_require_group(call, state)))


def add_customer_to_group(call: Call, state: InvisibleCollectorState) -> Reply:
    """Put a customer into a group; return the group.

    Raises:
        NotFound: the company has no such group, or no such customer.
    """
    group = _require_group(call, state)
    customer = require_customer(call, state)
    if state.group_members.find("member", (group.id, customer.gid)) is not None:
        call.rule("adding-twice-changes-nothing")
    else:
        state.group_members.put(GroupMember(id=state.uuid("group-member"), group=group.id, customer=customer.gid))
    return Reply(200, _write(group))


def _require_group(call: Call, state: InvisibleCollectorState) -> Group:
    rule = call.rule("group-is-of-this-company")
    group = state.groups.get(call.path["group"])
    if group is None or group.company != call.principal:
        message = f"this company has no group {call.path['group']}"
        raise NotFound(message, rule=rule, at="{group}", facts={"what": "group"})
    return group


def _write(group: Group) -> dict[str, Any]:
    return {"id": group.id, "name": group.name}
