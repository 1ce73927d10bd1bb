"""Which providers get a port of their own, and which port: `--provider-ports`."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from paysandbox.core.problems import UnknownProvider
from paysandbox.kit.discovery import describe_unknown

FREE: Final = "free"
_LARGEST: Final = 65535
_WORDS: Final = {
    FREE: True,
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_PART: Final = re.compile(r"(?:([a-z][a-z0-9_]*)=)?([0-9]{1,5})(-?)", re.ASCII)

ProviderPorts = bool | str | Mapping[str, int]


def is_port_plan(text: str) -> bool:
    """Tell whether a text has the form of `read_port_plan`."""
    return text.lower() in _WORDS or all(_PART.fullmatch(part) for part in text.split(","))


def assign_ports(given: ProviderPorts, names: Sequence[str]) -> dict[str, int]:
    """Return the port of each provider that has one of its own; 0 is a free port.

    Args:
        given: True for a free port each; `4081-` for ports from 4081 on, in the order of the names;
            `invoiless=4090,crm_com=4091` for these providers alone; a mapping of names to ports.
        names: the providers that are served.

    Raises:
        UnknownProvider: a name is not that of a provider that is served.
        ValueError: the text has another form, or a port is taken twice or too large.
    """
    if isinstance(given, str):
        given = _WORDS.get(given.lower(), given)
    if isinstance(given, bool):
        return dict.fromkeys(names, 0) if given else {}
    found = _read_plan(given, names) if isinstance(given, str) else dict(given)
    unknown = [describe_unknown(name, names) for name in found if name not in names]
    if unknown:
        raise UnknownProvider(unknown)
    fixed = [port for port in found.values() if port]
    if len(set(fixed)) < len(fixed) or max(fixed, default=0) > _LARGEST:
        raise ValueError(f"each port must be at most {_LARGEST} and of one provider: {given}")
    return found


def _read_plan(text: str, names: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    first: int | None = None
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or (match[1] is None) != (match[3] == "-"):
            raise ValueError(
                f"{part!r} is neither a first port, such as 4081-, nor a provider's, such as invoiless=4090"
            )
        if match[1] is None:
            first = int(match[2])
        else:
            found[match[1]] = int(match[2])
    if first is not None:
        others = [name for name in names if name not in found]
        found |= {name: first + number for number, name in enumerate(others)}
    return found
