"""`make docs`: write the providers' pages anew from their contracts."""

import argparse
import sys

from tests.helpers.runtimes import read_runtime
from tools.docgen.page import DOCS, pages


def main() -> int:
    """0 if every page is current or was written, 1 if one is not current."""
    parser = argparse.ArgumentParser(prog="python -m tools.docgen", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write them; else say which are not current")
    options = parser.parse_args()
    stale = {
        path: text for path, text in pages(read_runtime()).items() if not path.exists() or path.read_text() != text
    }
    for path, text in stale.items():
        if options.write:
            DOCS.mkdir(exist_ok=True)
            path.write_text(text)
        sys.stdout.write(f"docs/{path.name} {'written' if options.write else 'is not current'}\n")
    return 0 if options.write or not stale else 1


if __name__ == "__main__":
    sys.exit(main())
