"""The YAML door: contracts and fixture files, made small so that many can be tried, and damaged in every way."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest import mock

from msgspec import Struct, structs

from paysandbox.contract import cache
from paysandbox.contract.document import Contract
from paysandbox.contract.evidence import find_unused_sources
from paysandbox.contract.loader import read_contract
from paysandbox.contract.variants import Variant
from paysandbox.core.problems import Invalid, StartupError
from paysandbox.core.strict_yaml import read_yaml, write_yaml
from paysandbox.coverage.units import Coverage
from paysandbox.kit.files import find_data_folder
from paysandbox.kit.fixtures import FixtureSource, compile_fixtures, read_fixtures
from paysandbox.kit.provider import Provider, find_providers
from paysandbox.store.namespaces import Namespaces
from tests.helpers.runtimes import NOON
from tools.fuzz.mutations import at, places
from tools.fuzz.tally import MIB, Finding, Tally
from tools.fuzz.yaml_cases import hostile_file

TOLD: Final = 300
ROWS: Final = 3
WHOLE: Final = 0.02
FINDING: Final = re.compile(r"[^\n:]+:[1-9][0-9]*: [^\n]+")


class Source(Struct, frozen=True):
    """A file that is fine: whose it is, its text, and its value; `variants` are those of its contract."""

    provider: Provider
    is_contract: bool
    content: bytes
    value: Any
    variants: Mapping[str, Variant] = {}


class YamlDoor:
    """Reads one file after the other, which it writes into a folder of its own."""

    name = "yaml"
    pid = "self"
    growth = 64 * MIB

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources = list(sources())
        self._whole = list(whole_contracts())

    def case(self, dice: Random, tally: Tally) -> None:
        """One file, read.

        Raises:
            Finding: it is neither accepted nor refused with file and line.
        """
        source = dice.choice(self._whole if dice.random() < WHOLE else self._sources)
        path = self._folder / ("openapi.yaml" if source.is_contract else "default.yaml")
        path.write_bytes(hostile_file(dice, source.content, source.value, is_contract=source.is_contract))
        findings: tuple[str, ...] = ()
        try:
            # Values are not kept in the user's cache, because no file is read twice.
            with tally.timed(), mock.patch.object(cache, "keep_entry"):
                load(source, path)
        except StartupError as startup_error:
            findings = startup_error.errors
            told(path, findings)
        except Exception as error:
            content = path.read_bytes()[:TOLD]
            raise Finding(
                f"{type(error).__name__}: {str(error)[:TOLD]} for {source.provider.name}: {content!r}"
            ) from error
        tally.answers["refused" if findings else "accepted"] += 1
        tally.refused += bool(findings)

    def check(self, tally: Tally) -> None:
        """Each case has been checked by itself."""


def load(source: Source, path: Path) -> None:
    """Read a file as a start of the sandbox does, and look at all that was read."""
    if source.is_contract:
        contract = read_contract(path, path.name)
        list(Coverage(contract).units)
        for variant in contract.variants.values():
            for choice in variant.choices:
                for operation in contract.with_variants({variant.name: choice}).operations:
                    with suppress(Invalid):
                        operation.check({}, [])
        return
    read = read_fixtures(FixtureSource(path), source.provider, source.variants)
    namespace = Namespaces({source.provider.name: read.baseline}, seed="fuzz", time=lambda: NOON).get("default")
    state = namespace.state(source.provider.name)
    for invariant in source.provider.invariants:
        list(invariant.find_breaches(state))


def told(path: Path, findings: tuple[str, ...]) -> None:
    """Check that a refusal says which file and which line.

    Raises:
        Finding: it does not.
    """
    for finding in findings or ("",):
        if not FINDING.fullmatch(finding) or path.name not in finding.partition(": ")[0]:
            raise Finding(f"a refusal without file and line, or of several lines: {finding[:TOLD]!r}")


def sources() -> Iterator[Source]:
    """Of every provider a contract of each path, and fixtures of a few rows."""
    for provider in find_providers():
        contract, document = whole_contract(provider)
        for template in document["paths"]:
            small = only(document, template)
            yield Source(provider, is_contract=True, content=write_yaml(small).encode(), value=small)
        file = find_data_folder("fixtures") / provider.name / "default.yaml"
        fixtures = read_yaml(file.read_text(), file.name)
        whole = Source(
            provider, is_contract=False, content=file.read_bytes(), value=fixtures, variants=contract.variants
        )
        few = take_rows(whole)
        yield whole
        yield structs.replace(whole, content=write_yaml(few).encode(), value=few)


def take_rows(source: Source) -> dict[str, Any]:
    """Fixtures without the rows that can be missing, one after the other, so that references and totals still agree."""
    taken: dict[str, Any] = source.value
    for name, rows in source.value["tables"].items():
        for row in rows[ROWS:]:
            kept = [other for other in taken["tables"][name] if other is not row]
            fewer = taken | {"tables": taken["tables"] | {name: kept}}
            if not compile_fixtures(fewer, source.provider, source.variants)[1]:
                taken = fewer
    return taken


def whole_contracts() -> Iterator[Source]:
    """Contracts as they come, which take longer to read."""
    for provider in find_providers():
        content = (find_data_folder("schemas") / provider.name / "openapi.yaml").read_bytes()
        yield Source(provider, is_contract=True, content=content, value=whole_contract(provider)[1])


def whole_contract(provider: Provider) -> tuple[Contract, Any]:
    """A contract, and its file's value."""
    file = find_data_folder("schemas") / provider.name / "openapi.yaml"
    return read_contract(file, file.name), read_yaml(file.read_text(), file.name)


def only(document: Any, template: str) -> Any:
    """A contract with one path, and the components that it needs; links lead to other paths, and go."""
    kept = {
        name: value for name, value in document.items() if name not in {"paths", "webhooks", "components", "x-variants"}
    }
    kept["paths"] = {template: without_links(document["paths"][template])}
    kept["components"] = {"securitySchemes": document["components"].get("securitySchemes", {})}
    waiting = [kept["paths"]]
    while waiting:
        for reference in references(waiting.pop()):
            _, _, kind, name, *_ = reference.split("/")
            if name not in kept["components"].setdefault(kind, {}):
                kept["components"][kind][name] = without_links(document["components"][kind][name])
                waiting.append(kept["components"][kind][name])
    # A contract must cite each of its sources, so those that only the other paths cite go.
    unused = {place[1] for place, _ in find_unused_sources(kept)}
    kept["x-sources"] = {name: row for name, row in kept["x-sources"].items() if name not in unused}
    return kept


def without_links(node: Any) -> Any:
    """A part of a document without its links."""
    if isinstance(node, dict):
        return {name: without_links(below) for name, below in node.items() if name != "links"}
    return [without_links(below) for below in node] if isinstance(node, list) else node


def references(node: Any) -> Iterator[str]:
    """All that a part of a document refers to."""
    for place in places(node):
        if place[-1:] == ("$ref",):
            yield at(node, place)
