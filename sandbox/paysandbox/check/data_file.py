"""Read `--data`: values that name records of the server under check, by parameter and by table.

```yaml
parameters:              # of a path or a query; with an operation's id before it, of that operation only
  permalink: [10e11b3bc58eada0b172892547e65a2ff47ba10ef]
  changeReceiptState.receipt-id: [540179]
tables:                  # the tables of the fixture file; with an index after it, such as `debts.number`
  clients: [1310176, 1310181]
```
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from paysandbox.core.nearest import list_nearest
from paysandbox.core.problems import StartupError
from paysandbox.core.strict_yaml import locate_errors, read_yaml

SECTIONS: Final = ("parameters", "tables")
Where = tuple[str | int, ...]


class GivenData(Struct, frozen=True):
    """The values of a data file: `parameters` by name or `operation.name`, `tables` by table or `table.index`."""

    parameters: Mapping[str, list[Any]] = field(default_factory=dict)
    tables: Mapping[str, list[Any]] = field(default_factory=dict)


def read_data(path: Path, parameters: Collection[str], tables: Collection[str]) -> GivenData:
    """Read a data file for an API that has these parameters and tables.

    Raises:
        StartupError: the file cannot be read, or it names what the API does not have; each error has its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise StartupError([f"{path}: cannot be read: {error}"]) from None
    value = read_yaml(text, str(path))
    errors = list(_find_errors(value, {"parameters": parameters, "tables": tables}))
    if errors:
        raise StartupError(locate_errors(text, str(path), errors))
    return GivenData(**value)


def _find_errors(value: Any, known: Mapping[str, Collection[str]]) -> Iterator[tuple[Where, str]]:
    if not isinstance(value, dict):
        yield (), f"must be an object with {' and '.join(SECTIONS)}"
        return
    for section, entries in value.items():
        if section not in SECTIONS:
            yield (section,), f"unknown section; the sections are {', '.join(SECTIONS)}"
        elif not isinstance(entries, dict):
            yield (section,), "must be an object of lists"
        else:
            for name, values in entries.items():
                if name not in known[section]:
                    yield (
                        (section, name),
                        f"the API has none of this name; it has {list_nearest(str(name), known[section])}",
                    )
                elif not isinstance(values, list) or not values or not all(map(_is_id, values)):
                    yield (section, name), "must be a list of strings and numbers"


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
