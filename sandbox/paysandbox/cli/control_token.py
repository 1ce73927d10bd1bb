"""The option --control-token, as all commands have it."""

import http
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from paysandbox.cli.options import F, StartupFailed, option
from paysandbox.kit.settings import find_token_error

if TYPE_CHECKING:
    from paysandbox.client.http import SandboxError

_OF_CLIENTS: Final = "Control token of the sandbox, if it requires one."


class ControlToken(click.ParamType[str]):
    """A token that a header can carry, and that is not empty: `"$TOKEN"` of an unset variable is no token."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the token as it was given."""
        error = find_token_error(value)
        if error is not None:
            self.fail(error, param, ctx)
        return str(value)


def explain_failure(error: "SandboxError") -> StartupFailed:
    """Return the error of a call to the control plane as the message of a command that has the option."""
    if error.status != http.HTTPStatus.UNAUTHORIZED:
        return StartupFailed(str(error))
    return StartupFailed(
        "the sandbox answered 401: its control token is missing or wrong; give this command --control-token, or "
        "PAYSANDBOX_CONTROL_TOKEN in its environment"
    )


def control_token_option(help_: str = _OF_CLIENTS) -> Callable[[F], F]:
    """Add --control-token. An empty variable of the environment counts as none, as for all options."""
    return option("--control-token", type=ControlToken(), help=help_)
