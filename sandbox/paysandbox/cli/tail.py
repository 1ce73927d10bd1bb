"""`paysandbox tail`: the calls of a running sandbox in a terminal, while they are made."""

import json
from collections.abc import Iterator, Mapping
from time import sleep
from typing import TYPE_CHECKING, Any, Final

import click

from paysandbox.cli.control_token import control_token_option, explain_failure
from paysandbox.cli.options import option

if TYPE_CHECKING:
    from paysandbox.client.events import ServerSentEvent
    from paysandbox.client.http import ControlClient

_AGAIN_SECONDS: Final = 1
_SERVER_ERROR: Final = 500


@click.command(short_help="Show the calls of a running sandbox while they are made.")
@option("--url", default="http://127.0.0.1:4080", help="URL of the sandbox.")
@option("--namespace", help="Only calls of this namespace.")
@option("--provider", help="Only calls to this provider.")
@option("--operation", help="Only calls of this operation.")
@option("--status", type=click.IntRange(100, 599), help="Only calls that were answered with this status.")
@option("--refused", is_flag=True, help="Only calls that were refused.")
@option("--text", help="Only calls with this text in the request or the reply.")
@option("--latest", type=click.IntRange(0, 1000), default=10, help="Begin with so many of the latest calls.")
@option("--json", "as_json", is_flag=True, help="Print each call as a line of JSON, with bodies: a recording.")
@control_token_option()
@click.pass_obj
def tail(
    environment: Mapping[str, str],
    /,
    url: str,
    control_token: str | None,
    *,
    refused: bool,
    as_json: bool,
    namespace: str | None,
    **asked: Any,
) -> None:
    """Print a line for each call that a running sandbox answers, with the reason if it was refused.

    Goes on until Ctrl+C. If the sandbox stops, it waits for the next one at the same URL.
    """
    from paysandbox.client.http import ControlClient, SandboxError, path_of  # noqa: PLC0415 - --help need not wait

    try:
        client = ControlClient(url, control_token=control_token)
        path = "/stream" if namespace is None else f"{path_of('namespaces', namespace)}/stream"
        asked |= {"refused": "true" if refused else None, "bodies": "true" if as_json else None}
        for event in _follow(client, path, asked):
            is_call = event.kind == "call"
            line = event.data if as_json and is_call else _render(event)
            click.echo(line, err=not is_call, color=False if environment.get("NO_COLOR") else None)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    except SandboxError as error:
        raise explain_failure(error) from None
    except KeyboardInterrupt:
        raise SystemExit(0) from None


def _follow(client: "ControlClient", path: str, query: Mapping[str, Any]) -> Iterator["ServerSentEvent"]:
    """Yield the events of all streams, one after the other; the first must begin.

    Raises:
        SandboxError: the first stream was refused, or no server answers; or a later one is refused.
    """
    from paysandbox.client.events import ServerSentEvent  # noqa: PLC0415 - as above
    from paysandbox.client.http import SandboxError  # noqa: PLC0415 - as above

    last: str | None = None
    has_begun = False
    while True:
        try:
            for event in client.stream(path, after=last, **query):
                has_begun, last = True, event.id or last
                yield event
            reason = "the sandbox has ended the stream"
        except SandboxError as error:
            if not has_begun or (error.status is not None and error.status < _SERVER_ERROR):
                raise
            reason = str(error)
        yield ServerSentEvent("lost", json.dumps({"reason": reason}), "")
        while True:
            sleep(_AGAIN_SECONDS)
            try:
                client.call("GET", "/health")
            except SandboxError:
                continue
            break


def _render(event: "ServerSentEvent") -> str:
    found = json.loads(event.data)
    if event.kind == "skipped":
        return f"... {found['count']} calls are not shown, because they came too fast"
    if event.kind == "lost":
        return f"... waiting for the sandbox: {found['reason']}"
    status = "no reply" if found["status"] is None else str(found["status"])
    line = " ".join(
        [
            found["at"][11:19],
            found["id"],
            click.style(status, fg="red" if found["refused"] else "green"),
            found["method"],
            found["url"],
            found["provider"] or "no provider",
            found["operation"] or "no operation",
            f"{found['duration_ms']} ms",
        ]
    )
    more = [found["explanation"]] if found["explanation"] else []
    if found["fault"]:
        more.append(f"struck by the fault {found['fault']['id']}")
    more += [f"advice: {advice}" for advice in found["advice"]]
    return ": ".join([line, "; ".join(map(_make_printable, more))] if more else [line])


def _make_printable(text: str) -> str:
    """Replace control characters, which a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
