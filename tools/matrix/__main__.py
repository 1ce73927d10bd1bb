"""`make matrix`: the matrix of outcomes, printed and, with `--write`, kept in `docs/matrix.md`."""

import sys
from functools import partial
from pathlib import Path

from paysandbox.app import create_runtime
from paysandbox.kit.runtime import Runtime
from paysandbox.testing import Client
from tests.helpers.runtimes import fresh_runtime
from tools.matrix.scenarios import SCENARIOS, Outcome
from tools.matrix.vendors import VENDORS

PAGE = Path(__file__).parents[2] / "docs" / "matrix.md"
HEAD = """# One scenario, four vendors

What becomes of the same nine payments at each vendor: the HTTP status, whether the payment was made, what is owed of
the document afterwards, and the document's status in the vendor's own word. Each starts from a document of which 100
are owed (CRM.COM: a seeded invoice of which 225 are, as it pays whole invoices only).

This page is made by `make matrix ARGS=--write`, from calls to the sandbox; which of it is documented and which assumed,
the rules of each contract say.

"""


def outcomes(base: Runtime) -> dict[str, dict[str, Outcome]]:
    """By scenario and vendor, each in a world of its own."""
    return {
        name: {vendor.name: scenario(vendor(partial(Client, fresh_runtime(base)))) for vendor in VENDORS}
        for name, scenario in SCENARIOS.items()
    }


def table(found: dict[str, dict[str, Outcome]]) -> str:
    names = [vendor.name for vendor in VENDORS]
    rows = [["payment", *names], ["---"] * (len(names) + 1)]
    rows += [[name, *(str(by_vendor[one]) for one in names)] for name, by_vendor in found.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def main() -> None:
    """Print, and write if asked to."""
    text = table(outcomes(create_runtime()))
    sys.stdout.write(text)
    if "--write" in sys.argv[1:]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(HEAD + text)


if __name__ == "__main__":
    main()
