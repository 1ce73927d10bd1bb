"""Where the dialect of contracts stands, the schema that every contract file must match."""

from pathlib import Path
from typing import Final

DIALECT: Final = Path(__file__).with_name("dialect.yaml")
