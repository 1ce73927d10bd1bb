"""POST /coins."""

from decimal import Decimal

from sandbox.world import World
from tests.support import Client


def test_a_coin_is_counted(world: World) -> None:
    """1.11 and 0.10 are 1.21, exactly."""
    piggy = Client(world, root="/piggybank/v1", headers={"piggy-key": "oink"})
    assert piggy.post("/coins", {"value": Decimal("0.10")}).json == {"total": Decimal("1.21")}


def test_a_button_is_no_coin(world: World) -> None:
    """The contract lists what coins there are."""
    piggy = Client(world, root="/piggybank/v1", headers={"piggy-key": "oink"})
    assert piggy.post("/coins", {"value": Decimal("0.11")}).status == 400


def test_the_bank_is_full_at_a_hundred_coins(world: World) -> None:
    """Three are in it; the hundredth goes in, and the next does not."""
    piggy = Client(world, root="/piggybank/v1", headers={"piggy-key": "oink"})
    statuses = [piggy.post("/coins", {"value": Decimal("0.10")}).status for _ in range(98)]
    assert statuses == [201] * 97 + [409]
