"""Piggybank's operations."""

from msgspec.structs import replace
from paysandbox.providers.piggybank.records import FULL, PiggybankState

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict


def drop_coin(call: Call, state: PiggybankState) -> Reply:
    """Drop a coin in."""
    bank = call.principal
    if bank.coins >= FULL:
        raise Conflict(f"{FULL} coins are in", rule="bank-is-never-overfull")
    body = call.body
    bank = replace(bank, total=bank.total + body["value"], coins=bank.coins + 1, giver=body.get("giver"))
    state.banks.put(bank)
    return Reply(201, {"total": bank.total})
