"""What is checked: the sandbox in memory, a running one, or another server that claims a contract."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from msgspec import Struct, field

from sandbox.world import CONTROL_PREFIX

HOST: Final = "127.0.0.1:4080"  # in memory: the control plane answers to names of this machine only
SECONDS: Final = 10  # for one answer


class Unreachable(Exception):
    """Nobody answers there, or not as agreed."""


class Target(Struct, frozen=True):
    """One API of a server.

    `url` is its root, without the contract's base path; `reset` brings the fixtures back (None: the server is no
    sandbox, or must not be reset). `credentials` are the ones to call with, `secret` whether they must not be shown.
    """

    url: str
    reset: Callable[[], None] | None
    credentials: Mapping[str, str]
    secret: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    app: Any = None

    @property
    def is_sandbox(self) -> bool:
        """Whether it marks its refusals, and may be reset."""
        return self.reset is not None

    def masked(self, text: str) -> str:
        """The text with each secret replaced by its name."""
        for name, value in self.secret.items():
            for form in {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]} if value else ():
                text = text.replace(form, f"<{name}>")
        return text


def sandbox_at(url: str) -> list[str] | None:
    """The providers of the sandbox at a URL; None if another server answers there.

    Raises:
        Unreachable: nobody answers.
    """
    try:
        with urllib.request.urlopen(f"{url}/{CONTROL_PREFIX}/health", timeout=SECONDS) as answer:  # noqa: S310 - http(s) only, as checked
            said = json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        return None
    except ValueError:
        return None
    except OSError as error:
        raise Unreachable(f"nobody answers at {url}: {getattr(error, 'reason', error)}") from None
    if not isinstance(said, dict) or said.get("status") != "ok" or not isinstance(said.get("providers"), list):
        return None
    return [str(name) for name in said["providers"]]


def reset_over_http(url: str, headers: Mapping[str, str]) -> None:
    """Bring the fixtures back to a running sandbox.

    Raises:
        Unreachable: it does not do so.
    """
    # S310: the address has been checked to be http or https.
    request = urllib.request.Request(f"{url}/{CONTROL_PREFIX}/reset", method="POST", headers=dict(headers))  # noqa: S310
    try:
        urllib.request.urlopen(request, timeout=SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        wanted = "; it wants its --control-token" if error.code in {401, 403} else ""
        raise Unreachable(f"{url} is a sandbox and answers {error.code} to a reset{wanted}") from None
    except OSError as error:
        raise Unreachable(f"{url} cannot be reset: {getattr(error, 'reason', error)}") from None
