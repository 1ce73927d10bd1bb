"""Find the properties of a new record that no two records may share, in the reference sandbox, by making it twice.

A server with its own data remembers what was made, so that a contract's example of such a record is taken only once.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from paysandbox.check.records import ITEMS, Place, example_query
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation

FIRST_NUMBER: Final = 1000  # of the made-up numbers that take the place of the last characters of an example


class UniqueValues:
    """The unique properties of the bodies of an API, as their places in them."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._found: dict[str, frozenset[Place]] = {}

    def find(self, operation: Operation) -> frozenset[Place]:
        """The places of an operation's bodies whose value may be that of one record only."""
        if operation.id not in self._found:
            self._found[operation.id] = (
                frozenset(self._search(operation)) if operation.method == "POST" else frozenset()
            )
        return self._found[operation.id]

    def _search(self, operation: Operation) -> Iterator[Place]:
        for body in self._subject.examples(operation).values():
            if self._takes(operation, [body]) and not self._takes(operation, [body, body]):
                places = [place for place, value in _list_texts(body) if len(value) > len(str(FIRST_NUMBER))]
                # Of several that are refused one after another, each alone makes no difference.
                varied = [place for place in places if self._takes(operation, [body, _vary(body, [place])])]
                if varied:
                    yield from varied
                elif self._takes(operation, [body, _vary(body, places)]):
                    rest = ([other for other in places if other != place] for place in places)
                    yield from (
                        place
                        for place, others in zip(places, rest, strict=True)
                        if not self._takes(operation, [body, _vary(body, others)])
                    )

    def _takes(self, operation: Operation, bodies: Iterable[Any]) -> bool:
        """Whether these calls succeed one after another."""
        self._subject.reset()
        query = {"query": example_query(self._subject, operation)}
        replies = (self._subject.call(operation, body, parameters=query) for body in bodies)
        return all(self._subject.succeeded(operation, reply) for reply in replies)


def number_value(value: str, number: int) -> str:
    """A text of the same length that ends with a number; a short one as it is."""
    digits = str(FIRST_NUMBER + number)
    return value[: -len(digits)] + digits if len(value) > len(digits) else value


def _list_texts(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _list_texts(below, (*place, name))
    elif isinstance(value, list):
        for below in value:
            yield from _list_texts(below, (*place, ITEMS))
    elif isinstance(value, str):
        yield place, value


def _vary(value: Any, places: Iterable[Place], place: Place = ()) -> Any:
    if isinstance(value, Mapping):
        return {name: _vary(below, places, (*place, name)) for name, below in value.items()}
    if isinstance(value, list):
        return [_vary(below, places, (*place, ITEMS)) for below in value]
    return number_value(value, 0) if isinstance(value, str) and place in places else value
