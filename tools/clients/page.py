"""The page of clients, `docs/clients.md`: a row for each client, then its calls."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from paysandbox.core.strict_yaml import read_yaml
from tests.system.clients.clients import CLIENTS, list_calls
from tests.system.clients.replay import Outcome

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "clients.md"
BEFORE: Final = ROOT / "tests" / "system" / "clients" / "before.yaml"
BEFORE_COMMIT: Final = "ec89a29"
_VENDORS: Final = {
    "invoicexpress": "InvoiceXpress",
    "invisible_collector": "Invisible Collector",
    "invoiless": "Invoiless",
    "crm_com": "CRM.COM",
}
_HEAD: Final = f"""# Clients of others

Libraries, plugins and apps that others wrote for the four APIs, and which of their calls pass against the sandbox. A
call passes if the client gets what it waits for: most wait for a 2xx, clients of CRM.COM for the code `OK` in the
envelope, and some for a refusal (409 for a document that was issued already). A filtered list or a created document
must also hold the data that were asked for.

*Installed* clients run unmodified but for URL and credential. *Recorded* clients cannot be installed here: their
requests are sent as their code, tests or recordings have them, with values of ours (`tests/system/clients/`). *Before*
is commit {BEFORE_COMMIT}, when the sandbox had only been compared with the vendors' pages; *after* is now. The
examples in the READMEs of the installed clients are called too, and what they print must come out
(`tests/system/clients/test_readme_examples.py`).

This page is made by `make clients ARGS=--write`.

"""


class _Answer(msgspec.Struct, frozen=True):
    call: str
    answer: str
    passed: bool


class _Before(msgspec.Struct, frozen=True):
    commit: str
    clients: Mapping[str, Sequence[_Answer]]


def read_before() -> Mapping[str, Sequence[_Answer]]:
    """Return what the clients' calls were answered before, by client."""
    return msgspec.convert(read_yaml(BEFORE.read_text(), BEFORE.name), _Before).clients


def make_page(outcomes: Mapping[str, Sequence[Outcome]]) -> str:
    """Return the whole page in Markdown."""
    return _HEAD + make_summary(outcomes) + "".join(_sections(outcomes))


def make_summary(outcomes: Mapping[str, Sequence[Outcome]]) -> str:
    """Return the table of clients in Markdown, with the sums in its last row."""
    before = read_before()
    rows = [["Client", "API", "", "Calls", "Before", "After", "Does not pass"], ["---"] * 7]
    for name in _order():
        client, now = CLIENTS[name], outcomes[name]
        kind = "installed" if client.source.endswith("installed") else "recorded"
        counts = [len(now), _count(before[name]), _count(now)]
        rows.append(
            [f"[{client.client}](#{name})", _VENDORS[client.provider], kind, *map(str, counts), _reasons(name, now)]
        )
    sums = [sum(int(row[column]) for row in rows[2:]) for column in (3, 4, 5)]
    rows.append([f"{len(rows) - 2} clients", "", "", *(f"**{total}**" for total in sums), ""])
    return _table(rows)


def _sections(outcomes: Mapping[str, Sequence[Outcome]]) -> Iterator[str]:
    before = read_before()
    for name in _order():
        rows = [["Call", "Request", "Before", "After"], ["---"] * 4]
        for earlier, now in zip(before[name], outcomes[name], strict=True):
            rows.append([now.call, f"`{now.request}`", _cell(earlier), _cell(now)])
        client = CLIENTS[name]
        source = client.source[0].upper() + client.source[1:]
        yield f'\n<a id="{name}"></a>\n\n## {client.client}\n\n{source}.\n\n{_table(rows)}'


def _order() -> list[str]:
    vendors = list(_VENDORS)
    return sorted(CLIENTS, key=lambda name: vendors.index(CLIENTS[name].provider))


def _reasons(name: str, outcomes: Sequence[Outcome]) -> str:
    calls = zip(list_calls(name), outcomes, strict=True)
    unpassed = [call for call, outcome in calls if not outcome.passed]
    missing = list(dict.fromkeys(call.missing for call in unpassed if call.missing))
    faults = list(dict.fromkeys(call.fault for call in unpassed if call.fault))
    parts = [f"not there yet: {', '.join(missing)}"] if missing else []
    parts += [f"the client's own mistake: {', '.join(faults)}"] if faults else []
    return "; ".join(parts)


def _count(outcomes: Sequence[Outcome] | Sequence[_Answer]) -> int:
    return sum(outcome.passed for outcome in outcomes)


def _cell(outcome: Outcome | _Answer) -> str:
    return f"{outcome.answer} ✓" if outcome.passed else outcome.answer


def _table(rows: Sequence[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
