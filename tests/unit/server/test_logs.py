"""Log lines: text or JSON, credentials masked."""

import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import pytest

from paysandbox.server.logs import JsonFormatter, MaskCredentials, make_log_config

LOGGERS = ["paysandbox", "uvicorn", "paysandbox.access"]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave logging as it was."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(one.handlers[:], one.level, one.propagate) for one in loggers]
    yield
    for one, (handlers, level, propagate) in zip(loggers, before, strict=True):
        one.handlers[:], one.propagate = handlers, propagate
        one.setLevel(level)


Failure = tuple[type[BaseException], BaseException, TracebackType | None]


def record(message: str, *args: Any, failure: Failure | None = None) -> logging.LogRecord:
    """A record of half past one in the night of 1970."""
    made = logging.LogRecord("paysandbox.test", logging.WARNING, "", 0, message, args, failure)
    made.created = 5400.25
    return made


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("/documents/1.json?api_key=ix-test-key", "/documents/1.json?api_key=***"),
        ("/x?a=1&API_KEY=secret&b=2", "/x?a=1&API_KEY=***&b=2"),
        ("/x?api-key=secret", "/x?api-key=***"),
        ("/x?apikey=secret", "/x?apikey=***"),
        ("/x?access_token=secret&token=other", "/x?access_token=***&token=***"),
        ("/x?password=se%26cret", "/x?password=***"),
        ("/x?client_secret=abc HTTP/1.1", "/x?client_secret=*** HTTP/1.1"),
        ("/x?limit=5", "/x?limit=5"),
        ("/x?api%5Fkey=secret&a=%20", "/x?api_key=***&a=%20"),
        ("/x?%61pi_key=secret;more", "/x?api_key=***"),
        ("/x?a=1;api_key=secret", "/x?a=1;api_key=***"),
        ("/x?body[password]=secret", "/x?body[password]=***"),
        ("/x?key=secret&monkey=1&key=", "/x?key=***&monkey=1&key="),
        ("/x?next=%2Fy%3Ftoken%3Dsecret%0Aforged", "/x?next=/y?token=***"),
    ],
)
def test_credentials_in_a_query_are_masked(sent: str, shown: str) -> None:
    """In every argument; the line itself passes."""
    one = record('"%s %s" %d', "GET", sent, 200)
    assert MaskCredentials().filter(one)
    assert one.getMessage() == f'"GET {shown}" 200'


def test_a_json_line_says_when_where_and_what() -> None:
    """One object, times in UTC."""
    assert json.loads(JsonFormatter().format(record("%s is gone:\n%d", "Ílhavo", 5))) == {
        "at": "1970-01-01T01:30:00.250Z",
        "level": "warning",
        "logger": "paysandbox.test",
        "message": "Ílhavo is gone:\n5",
    }


def raise_mistake() -> None:
    """Fail."""
    raise KeyError("a mistake")


def test_a_json_line_stays_one_line_with_a_traceback() -> None:
    """Which is in it whole."""
    failure: Any = None
    try:
        raise_mistake()
    except KeyError:
        failure = sys.exc_info()
    line = JsonFormatter().format(record("broken", failure=failure))
    assert "\n" not in line
    assert json.loads(line)["error"].splitlines()[0] == "Traceback (most recent call last):"
    assert json.loads(line)["error"].endswith("KeyError: 'a mistake'")


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("access", [True, False])
def test_requests_are_logged_only_if_asked_for(
    capsys: pytest.CaptureFixture[str], log_format: str, *, access: bool
) -> None:
    """Warnings always are, each once, to standard error, masked."""
    logging.config.dictConfig(make_log_config(log_format, access=access))
    logging.getLogger("paysandbox.access").info('"%s %s"', "GET", "/x?api_key=secret")
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("paysandbox.store.namespaces").warning("namespace %s was dropped", "a")
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert said.out == ""
    assert len(lines) == (2 if access else 1)
    assert "namespace a was dropped" in lines[-1]
    assert "secret" not in said.err
    if log_format == "json":
        assert [json.loads(line)["level"] for line in lines] == (["info"] if access else []) + ["warning"]
