"""Types of the fixtures that the tests of all providers share."""

from collections.abc import Callable

Passed = Callable[..., set[str]]
