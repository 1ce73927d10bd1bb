"""What the command prints for people: the start's banner and the table of operations."""

from collections.abc import Iterable, Mapping
from typing import Any

from paysandbox.contract.inventory import count_units
from paysandbox.contract.provenance import GRADES
from paysandbox.kit.provider import Service


def banner(ready: Mapping[str, Any], version: str, made_up_token: str | None) -> str:
    """URLs and test credentials of a sandbox that has started, and its control token if nobody chose one."""
    width = max(map(len, ready["providers"]), default=0)
    lines = [f"Paysandbox {version} is ready at {ready['url']}  (Ctrl+C stops it)", ""]
    for name, provider in ready["providers"].items():
        lines.append(f"  {name:{width}}  {provider['url']}")
        lines += [f"  {'':{width}}    {what} {value}" for what, value in provider["credentials"].items()]
    lines += ["", f"  Start page   {ready['url']}/_sandbox/", f"  Is it well?  {ready['url']}/_sandbox/health"]
    if made_up_token is not None:
        lines.append(f"  Control token (it listens beyond loopback): {made_up_token}")
    return "\n".join(lines)


def operations(services: Iterable[Service]) -> str:
    """The table of operations, with provenance."""
    rows = [("provider", "method", "path", "operation", "provenance")]
    totals = []
    for service in services:
        contract = service.contract
        rows += [
            (service.provider.name, one.method, contract.base_path + one.template, one.id, one.provenance)
            for one in contract.operations
        ]
        counted = count_units(contract.document)
        totals.append(f"{service.provider.name}: " + ", ".join(f"{counted[grade]} {grade}" for grade in GRADES))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    table.insert(1, "  ".join("-" * width for width in widths))
    summary = f"{len(rows) - 1} operations. Operations, responses, members and rules, by who vouches for them:"
    return "\n".join([*table, "", summary, *totals])


def variants(services: Iterable[Service]) -> str:
    """What may be chosen of each API, with the evidence for each choice; an asterisk marks the one in force."""
    lines = []
    for service in services:
        lines.append(f"{service.provider.name}")
        for variant in service.contract.variants.values():
            lines.append(f"  {variant.name}: {variant.says}")
            for name, choice in variant.choices.items():
                mark = "*" if service.chosen[variant.name] == name else " "
                lines.append(f"   {mark} {name:8} {choice.provenance:10}  {choice.says} ({choice.source})")
    return "\n".join(lines)
