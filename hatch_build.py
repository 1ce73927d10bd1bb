"""Build hook: the wheel carries its contracts and fixtures parsed, so that a start from it reads no YAML."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ParsedFiles(BuildHookInterface[Any]):
    """Parses every contract and fixture file into `paysandbox/data/parsed/`; a broken one fails the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the parsed values to the wheel; an editable install reads the checkout's own files."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "sandbox"))
        from paysandbox.contract.cache import PARSED, entry_name  # noqa: PLC0415 - the path is set just above
        from paysandbox.contract.loader import parse_contract  # noqa: PLC0415 - as above
        from paysandbox.kit.fixtures import parse_fixtures  # noqa: PLC0415 - as above

        folder = Path(tempfile.mkdtemp(prefix="paysandbox-parsed-"))
        sources = [
            *((path, parse_contract) for path in sorted(root.glob("schemas/*/openapi.yaml"))),
            *((path, parse_fixtures) for path in sorted(root.glob("fixtures/*/default.yaml"))),
        ]
        for path, parse in sources:
            parsed = folder / entry_name(path)
            parsed.write_bytes(parse(path))
            build_data["force_include"][str(parsed)] = f"paysandbox/data/{PARSED}/{parsed.name}"
