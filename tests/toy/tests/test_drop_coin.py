"""POST /coins."""

from decimal import Decimal

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client


def test_a_coin_is_counted(runtime: Runtime) -> None:
    """1.11 and 0.10 are 1.21, exactly."""
    piggy = Client(runtime, root="/piggybank/v1", headers={"piggy-key": "oink"})
    assert piggy.post("/coins", {"value": Decimal("0.10")}).json == {"total": Decimal("1.21")}


def test_a_button_is_no_coin(runtime: Runtime) -> None:
    """The contract lists what coins there are."""
    piggy = Client(runtime, root="/piggybank/v1", headers={"piggy-key": "oink"})
    assert piggy.post("/coins", {"value": Decimal("0.11")}).status == 400


def test_the_bank_is_full_at_a_hundred_coins(runtime: Runtime) -> None:
    """Three are in it; the hundredth goes in, and the next does not."""
    piggy = Client(runtime, root="/piggybank/v1", headers={"piggy-key": "oink"})
    statuses = [piggy.post("/coins", {"value": Decimal("0.10")}).status for _ in range(98)]
    assert statuses == [201] * 97 + [409]
