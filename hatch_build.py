"""Build hook: the wheel carries its contracts and fixtures parsed and checked, so that a start from it need not."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ParsedFiles(BuildHookInterface[Any]):
    """Parses every contract and fixture file into `paysandbox/data/parsed/`; one that is not valid fails the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the parsed values to the wheel; an editable install reads the checkout's own files."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "sandbox"))
        from paysandbox.contract.cache import PARSED, entry_name  # noqa: PLC0415 - the path is set just above
        from paysandbox.contract.loader import parse_contract  # noqa: PLC0415 - as above
        from paysandbox.core.exact_json import read_own_json  # noqa: PLC0415 - as above
        from paysandbox.kit.discovery import CONTRACT  # noqa: PLC0415 - as above
        from paysandbox.kit.fixtures import FILE, parse_fixtures  # noqa: PLC0415 - as above
        from paysandbox.kit.packaged import (  # noqa: PLC0415 - as above
            create_packaged,
            make_note,
            name_packaged_note,
            stamp_files,
            write_note,
        )
        from paysandbox.kit.provider import list_packaged  # noqa: PLC0415 - as above

        folder = Path(tempfile.mkdtemp(prefix="paysandbox-parsed-"))
        sources = [
            *((path, parse_contract) for path in sorted(root.glob("schemas/*/openapi.yaml"))),
            *((path, parse_fixtures) for path in sorted(root.glob("fixtures/*/default.yaml"))),
        ]
        for path, parse in sources:
            parsed = folder / entry_name(path)
            parsed.write_bytes(parse(path))
        for name in list_packaged():
            files = (root / "schemas" / name / CONTRACT, root / "fixtures" / name / FILE)
            contract, fixtures = (read_own_json((folder / entry_name(file)).read_bytes()) for file in files)
            note = make_note(*create_packaged(name, contract[1], fixtures[1]))
            stamp = stamp_files((contract[0], fixtures[0]))
            (folder / name_packaged_note(name)).write_bytes(write_note(stamp, note))
        for parsed in sorted(folder.iterdir()):
            build_data["force_include"][str(parsed)] = f"paysandbox/data/{PARSED}/{parsed.name}"
