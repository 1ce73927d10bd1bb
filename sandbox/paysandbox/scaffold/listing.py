"""The lines of a handler that lists records: filters, pages, and what surrounds the list."""

from typing import TYPE_CHECKING, Any, Final

from paysandbox.scaffold.draft import Draft
from paysandbox.scaffold.literals import write_literal, write_string
from paysandbox.scaffold.names import split_words
from paysandbox.scaffold.resources import Resource, Role
from paysandbox.scaffold.samples import NOTHING, Sampler
from paysandbox.scaffold.shapes import find_list, get_kind

if TYPE_CHECKING:
    from paysandbox.scaffold.handlers import HandlerWriter

_SIZES: Final = ("limit", "perpage", "pagesize", "size", "count", "maxresults")
_STARTS: Final = ("offset", "skip", "start")
_PAGES: Final = ("page", "pagenumber")
_TOTALS: Final = ("total", "totalcount", "totalresults", "totalitems", "totalrecords", "count")
_WIDTH: Final = 94  # of an object behind `return Reply(200, `
_MORE: Final = ("hasmore", "hasnext", "more")


class ListWriter:
    """Writes the lines of one list."""

    def __init__(self, draft: Draft, handlers: "HandlerWriter") -> None:
        self._draft = draft
        self._handlers = handlers

    def write(self, role: Role) -> list[str]:
        """Write the lines of the handler of a list."""
        resource, operation = role.resource, role.operation
        name = resource.variable
        lines = [f"found = {self._source(resource)}"]
        for parameter in operation.parameters("query"):
            if (attribute := self._filter_attribute(parameter, resource)) is not None:
                query = write_string(parameter["name"])
                lines.append(
                    f"found = [{name} for {name} in found if call.query[{query}] in {{None, {name}.{attribute}}}]"
                )
        if role.above is not None and role.above_property is not None:
            attribute = self._handlers.find_field(resource, role.above_property).attribute
            key = f"{role.above.variable}.{self._handlers.key_attribute(role.above)}"
            lines.append(f"found = [{name} for {name} in found if {name}.{attribute} == {key}]")
        size, start, page = (self._find_parameter(role, names) for names in (_SIZES, _STARTS, _PAGES))
        shown = "found"
        if size is not None:
            first = f"(({page} or 1) - 1) * (size or len(found))" if page is not None else start
            lines += [f"size = {size}", *([f"start = {first}"] if first is not None else [])]
            lines.append(f"page = lookup.take_page(found, size, {'None' if first is None else 'start'})")
            shown, size, start = "page", "size", None if first is None else "start"
        content = operation.content(operation.status)
        assert content is not None  # a list has one
        listed = find_list(self._draft, content[1]["schema"])
        items = f"[{self._handlers.write_record(operation, 'list', resource)} for {name} in {shown}]"
        if listed is None or listed[0] is None:
            body = items
        else:
            lines.append(f"shown = {items}")
            body = self._envelope(content[1]["schema"], listed[0], {"size": size, "page": page, "start": start}, shown)
        return [*lines, f"return {self._handlers.write_reply(operation, body)}"]

    def _source(self, resource: Resource) -> str:
        if resource.parent is None:
            return f"list(state.{resource.table}.records())"
        key = f"{resource.parent.variable}.{self._handlers.key_attribute(resource.parent)}"
        return f'state.{resource.table}.all("{resource.parent.singular}", {key})'

    def _filter_attribute(self, parameter: dict[str, Any], resource: Resource) -> str | None:
        """Return the attribute that a query parameter of the same name and type is compared with."""
        schema = resource.properties.get(parameter["name"])
        if schema is None:
            return None
        kinds = {get_kind(self._draft, schema), get_kind(self._draft, parameter["schema"])}
        is_plain = len(kinds) == 1 and kinds <= {"string", "integer", "boolean"}
        return self._handlers.find_field(resource, parameter["name"]).attribute if is_plain else None

    def _find_parameter(self, role: Role, names: tuple[str, ...]) -> str | None:
        for parameter in role.operation.parameters("query"):
            is_number = get_kind(self._draft, parameter["schema"]) == "integer"
            if is_number and "".join(split_words(parameter["name"])) in names:
                return f"call.query[{write_string(parameter['name'])}]"
        return None

    def _envelope(self, schema: Any, listed: str, paging: dict[str, str | None], shown: str, depth: int = 0) -> str:
        """Write the object around a list; what is not known of it has the value of an example."""
        whole = self._draft.follow(schema)
        parts = []
        for name, below in whole.get("properties", {}).items():
            if name == listed and depth == 0:
                parts.append(f"{write_string(name)}: shown")
                continue
            value = self._value(name, below, paging, shown, depth)
            if value is None and name in whole.get("required", []):
                sample = Sampler(self._draft).make(below, name)
                value = write_literal(None if self._draft.is_valid(below, None) or sample is NOTHING else sample)
            if value is not None:
                parts.append(f"{write_string(name)}: {value}")
        whole_line = "{" + ", ".join(parts) + "}"
        if depth or len(whole_line) <= _WIDTH:
            return whole_line
        return "{\n" + "".join(f"            {part},\n" for part in parts) + "        }"

    def _value(self, name: str, schema: Any, paging: dict[str, str | None], shown: str, depth: int) -> str | None:
        words = "".join(split_words(name))
        kind = get_kind(self._draft, schema)
        if kind == "integer" and words in _TOTALS:
            return "len(shown)" if words == "count" and shown == "page" else "len(found)"
        if kind == "boolean" and words in _MORE:
            start = paging["start"]
            return f"{'' if start is None else f'({start} or 0) + '}len(shown) < len(found)"
        for part, names, fallback in (("size", _SIZES, "len(found)"), ("page", _PAGES, "1"), ("start", _STARTS, "0")):
            if kind == "integer" and words in names:
                return f"{paging[part]} or {fallback}" if paging[part] is not None else fallback
        whole = self._draft.follow(schema)
        if isinstance(whole, dict) and whole.get("properties") and depth == 0:
            return self._envelope(schema, "", paging, shown, depth + 1)
        return None
