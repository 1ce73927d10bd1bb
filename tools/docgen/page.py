"""One provider's page, from its contract: operations, members, rules, who vouches for each, variants, doc defects."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from paysandbox.contract.inventory import count_units
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED_KEYWORDS, GRADES
from paysandbox.contract.sources import Evidence, Source
from paysandbox.contract.variants import Variant
from paysandbox.core.exact_json import write_json
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from tools.docgen.curl import HERE, example_call
from tools.docgen.kinds import has_members, heading
from tools.docgen.markdown import anchor, code, prose, table
from tools.docgen.members import Members, Row, Vouchers, told

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
_DEFECTS: Final = "Doc defects:"
_PLACES: Final = {
    "bearer": "the header `Authorization: Bearer …`",
    "query": "the query as `{}`",
    "header": "the header `{}`",
}


def pages(runtime: Runtime) -> dict[Path, str]:
    """The pages of all providers and of the control plane, by where they belong."""
    services = [*runtime.services.values(), runtime.control]
    return {DOCS / f"{one.provider.name}.md": Page(one, runtime).text() for one in services}


class Page:
    """The page of one service of a sandbox."""

    def __init__(self, service: Service, runtime: Runtime) -> None:
        self._service = service
        self._contract = service.contract
        self._document = service.contract.document
        self._runtime = runtime
        self._is_vendors = service is not runtime.control
        self._members = Members(self._document)
        self._kinds = self._members.kinds

    def text(self) -> str:
        """The page as Markdown."""
        lines = [*self._head(), *self._operations_listed()]
        lines += self._sources()
        lines += self._defects()
        lines += self._variants()
        for operation in self._contract.operations:
            lines += self._operation(operation)
        for name, vouchers in self._members.named.items():
            lines += self._schema(name, vouchers)
        return "\n".join(lines).rstrip() + "\n"

    def _head(self) -> Iterator[str]:
        name = self._service.provider.name
        yield f"# {self._contract.title}"
        yield ""
        yield f"<!-- Made by `make docs` from schemas/{name}/openapi.yaml: change that, and make the page again. -->"
        yield ""
        counted = count_units(self._document)
        rows = [
            ("Here", code(f"{HERE}/{self._service.provider.prefix}{self._contract.base_path}")),
            ("The vendor's", code(self._document["servers"][0]["url"]) if self._is_vendors else ""),
            ("Version", self._contract.version),
            ("Test credentials", ", ".join(f"{what} {code(one)}" for what, one in self._service.credentials.items())),
            ("Sent in", ", ".join(self._places())),
            ("Contract", code(f"schemas/{name}/openapi.yaml")),
            ("Start state", code(f"fixtures/{name}/default.yaml") if self._is_vendors else ""),
            ("Vouched for", ", ".join(f"{counted[grade]} {grade}" for grade in GRADES)),
        ]
        yield from table(["", ""], [row for row in rows if row[1]])
        yield self._document["info"]["description"].partition(_DEFECTS)[0].strip()
        yield ""

    def _places(self) -> Iterator[str]:
        for scheme in self._contract.schemes:
            yield _PLACES[scheme.place].format(scheme.name)
        if self._service.provider.body_credential is not None:
            yield f"the body as `{self._service.provider.body_credential}`"

    def _operations_listed(self) -> Iterator[str]:
        yield "## Operations"
        yield ""
        yield from table(
            ["Operation", "Call", "", "Vouched for"],
            [
                (
                    f"[{one.id}](#{anchor(one.id)})",
                    code(f"{one.method} {one.template}"),
                    prose(one.summary),
                    one.provenance,
                )
                for one in self._contract.operations
            ],
        )

    def _defects(self) -> Iterator[str]:
        listed = self._document["info"]["description"].partition(_DEFECTS)[2].strip()
        if listed:
            yield "## Defects of the vendor's documentation"
            yield ""
            yield listed
            yield ""

    def _sources(self) -> Iterator[str]:
        rows = [(_linked(one), one.kind, one.retrieved) for one in self._contract.sources]
        if rows:
            yield "## Sources"
            yield ""
            yield from table(["Source", "Kind", "Retrieved"], rows)

    def _variants(self) -> Iterator[str]:
        # A control plane has no clients whose vendor could mean it differently.
        if not self._is_vendors:
            return
        yield "## Variants"
        yield ""
        yield "What may be chosen, in the fixture file or for a namespace. The first choice is the default."
        yield ""
        for variant in self._contract.variants.values():
            yield from self._variant(variant)

    def _variant(self, variant: Variant) -> Iterator[str]:
        yield f"**{variant.name}**: {prose(variant.says)}"
        yield ""
        rows = [
            (code(name), prose(one.says), _vouched([one.provenance], one.source))
            for name, one in variant.choices.items()
        ]
        yield from table(["Choice", "", "Vouched for"], rows)

    def _operation(self, operation: Operation) -> Iterator[str]:
        item = self._document["paths"][operation.template]
        written = item[operation.method.lower()]
        yield f"## {operation.id}"
        yield ""
        yield f"{code(f'{operation.method} {operation.template}')}: {prose(operation.summary)}"
        yield ""
        yield f"Vouched for: {_vouched([operation.provenance], operation.source)}"
        yield ""
        if "description" in written:
            yield f"> {prose(written['description'])}"
            yield ""
        call = example_call(self._runtime, self._service.provider.name, operation) if self._is_vendors else None
        if call is not None:
            yield from ["```sh", call, "```", ""]
        yield from self._parameters(operation, [*item.get("parameters", []), *written.get("parameters", [])])
        if "requestBody" in written:
            yield from self._request(operation, written["requestBody"])
        yield from self._answers(operation, written["responses"])
        yield from self._rules(operation)

    def _parameters(self, operation: Operation, declared: list[Any]) -> Iterator[str]:
        rows = []
        for parameter, each in zip(operation.parameters, declared, strict=True):
            schema = self._kinds.follow(each)["schema"]
            row = Row(
                path=parameter.name,
                kind=self._kinds.kind(schema),
                required=parameter.required,
                default=parameter.default,
                says=parameter.says or self._kinds.follow(schema).get("description", ""),
                grades=frozenset([parameter.provenance or operation.provenance]),
                source=parameter.source,
                assumed=tuple(self._kinds.follow(schema).get(ASSUMED_KEYWORDS, ())),
            )
            name, *rest = _cells(row)
            rows.append((name, parameter.place, *rest))
        if rows:
            yield "**Parameters**"
            yield ""
            yield from table(["Parameter", "In", "Value", "Required", "", "Vouched for"], rows)

    def _request(self, operation: Operation, request: Any) -> Iterator[str]:
        written = self._kinds.follow(request)
        ((media_type, content),) = written["content"].items()
        yield f"**Request**: {code(media_type)}, {self._body(content['schema'])}"
        yield ""
        vouchers = Vouchers(frozenset([operation.provenance]), operation.source).within(written, self._kinds.sources)
        yield from self._unnamed(content["schema"], vouchers)

    def _answers(self, operation: Operation, responses: Mapping[str, Any]) -> Iterator[str]:
        rows, unnamed = [], []
        for status, response in responses.items():
            answerable, written = operation.replies[int(status)], self._kinds.follow(response)
            bodies = [self._body(one["schema"]) for one in written.get("content", {}).values()]
            vouched = _vouched([answerable.provenance], answerable.source)
            rows.append((status, " or ".join(bodies) or "empty", prose(answerable.says), vouched))
            vouchers = Vouchers(frozenset([answerable.provenance]), None)
            for content in written.get("content", {}).values():
                lines = list(self._unnamed(content["schema"], vouchers))
                unnamed += [f"Members of {status}:", "", *lines] if lines else []
        yield "**Answers**"
        yield ""
        yield from table(["Status", "Body", "", "Vouched for"], rows)
        yield from unnamed

    def _rules(self, operation: Operation) -> Iterator[str]:
        if operation.rules:
            yield "**Rules**"
            yield ""
            rows = [
                (code(one.id), prose(one.says), _vouched([one.provenance], one.source))
                for one in operation.rules.values()
            ]
            yield from table(["Rule", "", "Vouched for"], rows)

    def _schema(self, name: str, vouchers: Vouchers) -> Iterator[str]:
        schema = self._members.schema(name)
        yield f"## {heading(name)}"
        yield ""
        for text in (prose(schema.get("description", schema.get("title"))), self._kinds.constraints(schema)):
            if text:
                yield text
                yield ""
        yield from _members_table(list(self._members.rows(schema, vouchers)))

    def _body(self, schema: Any) -> str:
        """What a body is, in a few words."""
        followed = self._kinds.follow(schema)
        if self._kinds.name(schema) is None and has_members(followed):
            return "an object"
        return self._kinds.kind(schema)

    def _unnamed(self, schema: Any, vouchers: Vouchers) -> Iterator[str]:
        """The members of a body whose schema has no name of its own."""
        if self._kinds.name(schema) is None:
            yield from _members_table(list(self._members.rows(schema, vouchers)))


def _members_table(rows: list[Row]) -> list[str]:
    return table(["Member", "Value", "Required", "", "Vouched for"], [_cells(row) for row in rows])


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    default = "" if row.default is None else f"; by default {code(_text(row.default))}"
    vouched = _vouched([told(row.grades)], row.source)
    if row.assumed:
        vouched += f"; assumed: {', '.join(map(code, row.assumed))}"
    return code(row.path), row.kind + default, "yes" if row.required else "", prose(row.says), vouched


def _vouched(grades: list[str], source: Evidence | None) -> str:
    return f"{' or '.join(grades)}{f' ({_cited(source)})' if source else ''}"


def _cited(source: Evidence) -> str:
    """The citations, each with a link to its page where one is known."""
    return "; ".join(_linked(one.source) + (f": {prose(one.place)}" if one.place else "") for one in source.citations)


def _linked(source: Source) -> str:
    return prose(source.title) if source.url is None else f"[{prose(source.title)}]({source.url})"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()
