"""Mutants of webhooks, and where they may go."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, Replace

MUTANTS: Final = (
    Mutant(
        id="webhook-order",
        kind="semantic",
        says="Events of one moment are delivered in the wrong order.",
        within="Webhooks.list_due",
        change=Replace("delivery.place", "-delivery.place"),
    ),
    Mutant(
        id="webhook-of-rolled-back-call",
        kind="semantic",
        says="A call that is rolled back has events all the same.",
        within="Webhooks.announce",
        change=Replace("transaction.set", "(lambda events, number, event: events.__setitem__(number, event))"),
    ),
    Mutant(
        id="webhook-to-anywhere",
        kind="condition",
        says="Webhooks are delivered beyond this machine, to hosts that nobody has allowed.",
        within="find_address_error",
        change=Condition("inner.is_loopback or is_allowed", "True"),
    ),
    Mutant(
        id="webhook-to-metadata",
        kind="condition",
        says="Webhooks are delivered to metadata addresses of an allowed name.",
        within="find_address_error",
        change=Condition("inner.is_link_local or inner in _METADATA", "False"),
    ),
    Mutant(
        id="webhook-name-resolved-again",
        kind="semantic",
        says="What is connected to is not the address that was checked, but what the name says a second time.",
        within="_CheckedBackend.connect_tcp",
        change=Replace("str(address)", "host"),
    ),
    Mutant(
        id="webhook-endless-reply",
        kind="condition",
        says="A reply of a receiver is read to its end, if it has one.",
        within="Sender.send",
        change=Condition("len(received) > limit", "len(received) > limit * 1000000"),
    ),
)
