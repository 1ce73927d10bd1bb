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
