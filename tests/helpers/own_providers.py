"""Providers from outside the package: the toy, laid out in the way of `--providers DIR`."""

import re
import shutil
from pathlib import Path

TOY = Path(__file__).parents[1] / "toy"
_ABSOLUTE = re.compile(r"\bpaysandbox\.providers\.piggybank\b")


def write_toy(folder: Path, name: str = "piggybank") -> Path:
    """Write the toy into `folder` as a provider of this name; return its own folder."""
    home = folder / name
    shutil.copytree(TOY / "sandbox", home / "provider", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOY / "schemas" / "openapi.yaml", home / "openapi.yaml")
    shutil.copy(TOY / "fixtures" / "default.yaml", home / "fixtures.yaml")
    for module in (home / "provider").glob("*.py"):
        # Relative, because the name of the package depends on where it lies.
        text = _ABSOLUTE.sub("", module.read_text()).replace("from  import", "from . import")
        module.write_text(text.replace('name="piggybank"', f'name="{name}"'))
    return home
