"""The provider pages under `docs/`: the view of a contract that the console shows, through a Markdown template."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import GRADES
from paysandbox.contract.validators import Schemas
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.web.console.contract_view.reference import DEFECTS, build_reference
from tools.docgen.curl import HERE, example_call
from tools.docgen.markdown import code, escape, format_row, make_anchor
from tools.docgen.rows import cite, cite_value, describe_value, link_source, list_schemas, merge_rows
from tools.docgen.tables import list_tables

_FEW: Final = 2  # operations that read a credential in one place, named one by one
ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
_PLACES: Final = {
    "bearer": "the header `Authorization: Bearer …`",
    "basic": "the header `Authorization: Basic …`",
    "query": "the query as `{}`",
    "header": "the header `{}`",
}


def pages(runtime: Runtime) -> dict[Path, str]:
    """Make the pages of all providers and of the control plane, and that of the fixtures' tables, by path."""
    services = [*runtime.services.values(), runtime.control]
    made = {DOCS / f"{service.provider.name}.md": make_page(service, runtime) for service in services}
    tables = _make_environment().get_template("tables.md.jinja").render(providers=list(list_tables(runtime)))
    return {**made, DOCS / "tables.md": tables.rstrip() + "\n"}


def make_page(service: Service, runtime: Runtime) -> str:
    """Make the page of one service."""
    view = build_reference(service, runtime, HERE)
    description, _, defects = service.contract.document["info"]["description"].partition(DEFECTS)
    text = (
        _make_environment()
        .get_template("page.md.jinja")
        .render(
            view=view,
            base_path=service.contract.base_path,
            description=description.strip(),
            defects=defects.strip(),
            counts=", ".join(f"{view.counts[grade]} {grade}" for grade in GRADES),
            credentials=", ".join(f"{name} {code(value)}" for name, value in view.credentials.items()),
            credential_places=", ".join(_list_credential_places(service)),
            # The control plane has no examples of its own calls: docs/control-plane.md runs them.
            calls={
                entry.operation.id: example_call(runtime, view.name, entry.operation) if view.vendor else None
                for entry in view.entries
            },
            schemas=list(list_schemas(view, Schemas(service.contract.document))),
        )
    )
    return text.rstrip() + "\n"


def _list_credential_places(service: Service) -> Iterator[str]:
    """Yield where credentials are sent; where there are several places, with the operations that read each."""
    operations, member = service.contract.operations, service.provider.body_credential
    places = {
        _PLACES[scheme.place].format(scheme.name): [one for one in operations if one.scheme == scheme]
        for scheme in service.contract.schemes
    }
    if member is not None:
        places[f"the body as `{member}`"] = [
            one for one in operations if one.body is not None and member in one.body.members
        ]
    for place, readers in places.items():
        yield place if len(places) == 1 else f"{place} ({_name_readers(readers, operations)})"


def _name_readers(readers: Sequence[Operation], operations: Sequence[Operation]) -> str:
    """Name operations: one by one if they are few, else by their methods, and those that are excepted."""
    if len(readers) <= _FEW:
        return f"only {_link_operations(readers)}"
    methods = sorted({one.method for one in readers})
    others = [one for one in operations if one.method in methods and one not in readers]
    return f"every {' and '.join(methods)}{f' but {_link_operations(others)}' if others else ''}"


def _link_operations(operations: Sequence[Operation]) -> str:
    return " and ".join(f"[{one.id}](#{make_anchor(one.id)})" for one in operations)


def _make_environment() -> Environment:
    environment = Environment(  # noqa: S701 - it makes Markdown of our own contracts, not HTML
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "anchor": make_anchor,
        "code": code,
        "escape": escape,
        "link": link_source,
        "row": format_row,
        "value": describe_value,
    }
    environment.globals |= {
        "cite": cite,
        "cite_value": cite_value,
        "merge_rows": merge_rows,
        "values": lambda bodies: " or ".join(describe_value(body.value) for body in bodies),
    }
    return environment
