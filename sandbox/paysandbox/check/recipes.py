"""Find calls that make a record on which an operation succeeds, in the reference sandbox: create, then a transition."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from paysandbox.check.records import ReplyPlaces, example_query
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.testing import Response

MOST_TRIED: Final = 300  # recipes for one operation
CHANGING: Final = {"POST", "PUT", "PATCH"}


class Action(NamedTuple):
    """A call of a recipe: an operation, a body, and the fields of path parameters that take records made before."""

    operation: Operation
    body: Any
    takes: tuple[tuple[str, str], ...] = ()  # (parameter, field)


class Cookbook:
    """The recipes of an API. `find` tries them out in the sandbox of `subject`."""

    def __init__(self, subject: Subject, places: ReplyPlaces) -> None:
        self._subject = subject
        self._places = places
        self._found: dict[tuple[str, str, str], list[Action] | None] = {}

    def find(self, operation: Operation, parameter: str, field: str) -> list[Action] | None:
        """The calls after which the operation succeeds on the record that they made; None if none do."""
        key = (operation.id, parameter, field)
        if key not in self._found:
            self._found[key] = None  # while it is searched, because recipes may need each other
            self._found[key] = self._search(operation, parameter, field)
        return self._found[key]

    def _search(self, operation: Operation, parameter: str, field: str) -> list[Action] | None:
        created = list(self._list_creations(operation, field))
        moves = list(self._list_transitions(field)) if created else []
        recipes = [*created, *([*recipe, move] for recipe in created for move in moves)]
        wanted = (parameter, field)
        return next((recipe for recipe in recipes[:MOST_TRIED] if self._works(recipe, operation, wanted)), None)

    def _list_creations(self, operation: Operation, field: str) -> Iterator[list[Action]]:
        """Recipes that end with a call whose reply names a record, the one of the field's own table first."""
        makers = set(self._places.list_makers(field))
        for maker in self._subject.operations:
            if maker.id not in makers or maker.method != "POST" or maker.id == operation.id:
                continue
            names = self.list_path_fields(maker)
            before = self.find(maker, *names[0]) if names else []
            if before is None:
                continue
            for body in self._subject.examples(maker).values():
                yield [*before, Action(maker, body, tuple(names[:1]))]

    def _list_transitions(self, field: str) -> Iterator[Action]:
        """Calls that change a record of a field, whose path has no other parameter."""
        for operation in self._subject.operations:
            names = [name for name, of_field in self.list_path_fields(operation) if of_field == field]
            if operation.method in CHANGING and len(names) == 1 and operation.template.count("{") == 1:
                for body in list(self._subject.examples(operation).values()) or [...]:
                    yield Action(operation, body, ((names[0], field),))

    def list_path_fields(self, operation: Operation) -> list[tuple[str, str]]:
        """The path parameters of an operation that name records, each with its field."""
        return [
            (parameter["name"], fields[0])
            for parameter in self._subject.parameters(operation)
            if parameter["in"] == "path" and (fields := self._places.fields.of_value(parameter["example"]))
        ]

    def follow(self, recipe: Iterable[Action]) -> dict[str, Any] | None:
        """The fields of what a recipe makes in the sandbox, which is reset before; None if a call is refused."""
        self._subject.reset()
        made: dict[str, Any] = {}
        for action in recipe:
            reply = self._call(action, made)
            if reply is None or not self._subject.succeeded(action.operation, reply):
                return None
            made |= self._places.extract_new(action.operation, reply.json if reply.is_json else None)
        return made

    def _works(self, recipe: list[Action], operation: Operation, wanted: tuple[str, str]) -> bool:
        made = self.follow(recipe)
        if made is None:
            return False
        bodies = list(self._subject.examples(operation).values()) or [...]
        replies = [self._call(Action(operation, body, (wanted,)), made) for body in bodies]
        return any(reply is not None and self._subject.succeeded(operation, reply) for reply in replies)

    def _call(self, action: Action, made: dict[str, Any]) -> Response | None:
        if any(field not in made for _, field in action.takes):
            return None
        path = {parameter: made[field] for parameter, field in action.takes}
        query = {"query": example_query(self._subject, action.operation)}
        return self._subject.call(action.operation, action.body, path, query)
