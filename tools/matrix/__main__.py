"""`make matrix`: the matrix of outcomes, printed and, with `--write`, kept in `docs/matrix.md`."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from paysandbox.app import create_runtime
from paysandbox.kit.runtime import Runtime
from paysandbox.testing import Client
from tests.helpers.runtimes import fresh_runtime
from tools.matrix.flows import FLOWS
from tools.matrix.neighbours import AROUND
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

AROUND_HEAD = """
## Around a payment

What becomes of the calls before and after a payment: customers, notes, documents that are cancelled, deleted or sent.
A row stands here where at least two vendors have the calls; PDFs (InvoiceXpress) and webhooks (Invoiless) have none.

"""
NO_CALL = "no such call"


def outcomes(base: Runtime) -> dict[str, dict[str, Outcome]]:
    """By scenario and vendor, each in a sandbox of its own."""
    return {
        name: {vendor.name: scenario(vendor(partial(Client, fresh_runtime(base)))) for vendor in VENDORS}
        for name, scenario in SCENARIOS.items()
    }


def outcomes_around(base: Runtime) -> dict[str, dict[str, Outcome | None]]:
    """By flow and vendor, each in a sandbox of its own; None where a vendor has no such call."""
    return {
        name: {vendor.name: flow(vendor(partial(Client, fresh_runtime(base)))) for vendor in AROUND}
        for name, flow in FLOWS.items()
    }


def table(found: Mapping[str, Mapping[str, Outcome | None]], title: str = "payment") -> str:
    names = [vendor.name for vendor in VENDORS]
    rows = [[title, *names], ["---"] * (len(names) + 1)]
    rows += [[name, *(str(by_vendor[one] or NO_CALL) for one in names)] for name, by_vendor in found.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def main() -> None:
    """Print, and write if asked to."""
    base = create_runtime()
    text = table(outcomes(base)) + AROUND_HEAD + table(outcomes_around(base), "flow")
    sys.stdout.write(text)
    if "--write" in sys.argv[1:]:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(HEAD + text)


if __name__ == "__main__":
    main()
