"""Shared by the commands: options that are also environment variables, exit codes, and stopping with a message."""

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self, TypeVar

import click

from paysandbox.core.problems import StartupError, StoreFailed, UnknownProvider
from paysandbox.kit.settings import Settings

if TYPE_CHECKING:
    from paysandbox.kit.runtime import Runtime
    from paysandbox.server.certificates import Tls

F = TypeVar("F", bound=Callable[..., Any])
FINDINGS: Final = 1
CONFIGURATION: Final = 2
APPLICATION: Final = ("provider_names", "provider_folder", "schemas", "fixtures")  # names of `application_options`
_DEFAULTS: Final = Settings()
_ORIGIN: Final = re.compile(
    r"(?P<root>(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\]))(?::(?P<port>[0-9]{1,5}))?"
)
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|[0-9a-f:.]*:[0-9a-f:.]*")
_IMPLIED_PORTS: Final = {"http": "80", "https": "443"}
_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)

# Which ports are free is known only when the server starts, after click has named the variables of bad values.
PROVIDER_PORTS_HINT: Final = "'--provider-ports' (env var: 'PAYSANDBOX_PROVIDER_PORTS')"


class StartupFailed(click.ClickException):
    """Nothing was started, asked or checked; the message says why. Exit code 2."""

    exit_code = CONFIGURATION

    @classmethod
    def from_error(cls, error: StartupError) -> Self:
        """List all errors of contracts and fixtures."""
        hint = "The sandbox did not start. To check the files again: paysandbox validate"
        return cls(
            "\n".join(error.errors if isinstance(error, UnknownProvider | StoreFailed) else [*error.errors, hint])
        )

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message alone, because editors and CI find `file:line:` only at the start of a line."""
        click.echo(self.message, file=file, err=True)


class WebhookHost(click.ParamType[str]):
    """A host that webhooks may be delivered to: a name or an IP address, without scheme and port."""

    name = "host"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the host in lower case, as URLs are compared with it."""
        from paysandbox.kit.webhooks import find_url_error  # noqa: PLC0415 - --help need not wait

        host: str = value.lower().strip("[]").rstrip(".")
        if not _HOST.fullmatch(host):
            self.fail(f"{value!r} is not a host such as hooks.example or 192.168.1.7 (no scheme, no port)", param, ctx)
        error = find_url_error(f"http://[{host}]/" if ":" in host else f"http://{host}/", (host,))
        if error is not None:
            self.fail(error, param, ctx)
        return host


class Origin(click.ParamType[str]):
    """The origin of a web page, as its browser sends it; `*` is every page's."""

    name = "origin"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the origin in lower case without the port that its scheme implies, as browsers write it."""
        if value == "*":
            return "*"
        found = _ORIGIN.fullmatch(value.lower())
        if found is None or int(found["port"] or 1) not in range(1, 65536):
            self.fail(
                f"{value!r} is not an origin such as http://localhost:3000 (no path, no last slash), or *", param, ctx
            )
        implied = _IMPLIED_PORTS.get(found["scheme"])
        return found["root"] if found["port"] == implied else found[0]


def echo_notices(runtime: "Runtime") -> None:
    """Print what of the given files is not read, to standard error."""
    for notice in runtime.notices:
        click.echo(notice, err=True)


def explain_bind_error(host: str, port: int, error: OSError) -> str:
    """Why the address cannot be listened on, and what to do."""
    match error.errno:
        case errno.EADDRINUSE:
            fix = "another program has this port; --port 0 takes a free one"
        case errno.EACCES:
            fix = "ports below 1024 are reserved for the system; --port 0 takes a free one"
        case _:
            fix = "--host must be an address of this machine, such as 127.0.0.1"
    return f"cannot listen on {host}:{error.filename or port}: {error.strerror}; {fix}"


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option that is also `PAYSANDBOX_<OPTION>` in the environment."""
    variable = "PAYSANDBOX_" + names[0].removeprefix("--").upper().replace("-", "_")
    return click.option(*names, envvar=variable, show_envvar=True, show_default=True, **settings)


def tls_options(default_port: str) -> Callable[[F], F]:
    """Add --tls and its options; the first of them is enough, and so is a certificate or a port."""
    file = click.Path(path_type=Path)

    def add(command: F) -> F:
        for name, settings in reversed(  # click lists options from the last decorator up
            (
                ("--tls", {"is_flag": True, "help": "Serve HTTPS beside HTTP, with a CA made for this run."}),
                ("--tls-port", {"type": click.IntRange(0, 65535), "help": f"Port of HTTPS. Default: {default_port}."}),
                ("--tls-cert", {"type": file, "help": "PEM file of a certificate, with its chain, to use instead."}),
                ("--tls-key", {"type": file, "help": "PEM file of its private key. Default: in --tls-cert."}),
            )
        ):
            command = option(name, **settings)(command)
        return command

    return add


def webhook_hosts_option(command: F) -> F:
    """Add --webhook-allow."""
    return option(
        "--webhook-allow",
        "webhook_hosts",
        multiple=True,
        is_eager=True,
        type=WebhookHost(),
        metavar="HOST",
        help="Let webhooks be delivered to this host, beyond this machine; repeat it for several.",
    )(command)


def webhook_options(command: F) -> F:
    """Add --webhook and --webhook-allow."""
    command = webhook_hosts_option(command)
    return option(
        "--webhook",
        "webhook_urls",
        multiple=True,
        metavar="URL",
        callback=_check_webhook_urls,
        help="Deliver the events of all providers to this URL, in every namespace; repeat it for several.",
    )(command)


def _check_webhook_urls(context: click.Context, parameter: click.Parameter, urls: tuple[str, ...]) -> tuple[str, ...]:
    from paysandbox.kit.webhooks import find_url_error  # noqa: PLC0415 - --help need not wait

    for url in urls:
        # --webhook-allow is eager, so it is known by now.
        error = find_url_error(url, context.params.get("webhook_hosts", ()))
        if error is not None:
            raise click.BadParameter(error, context, parameter)
    return urls


@contextmanager
def open_tls(options: dict[str, Any], default_port: int = 0) -> "Iterator[Tls | None]":
    """Context manager: what the options of `tls_options` ask for, which are taken out of `options`; None if not given.

    Raises:
        StartupFailed: HTTPS cannot be served, inside the context too.
    """
    tls, port, certificate, key = (options.pop(name) for name in ("tls", "tls_port", "tls_cert", "tls_key"))
    if key is not None and certificate is None:
        raise StartupFailed("--tls-key needs --tls-cert, the certificate that the key is for")
    if not tls and port is None and certificate is None:
        yield None
        return
    from paysandbox.server.certificates import Tls, TlsError, open_certificates  # noqa: PLC0415 - --help need not wait

    try:
        with open_certificates(certificate, key) as certificates:
            yield Tls(certificates, default_port if port is None else port)
    except TlsError as error:
        raise StartupFailed(str(error)) from None


def store_option(command: F) -> F:
    """Add --store."""
    return option(
        "--store",
        default=_DEFAULTS.store,
        metavar="[memory|sqlite:PATH|redis://HOST]",
        help="Where namespaces are kept: in memory until it stops, in a file of SQLite, or in Redis or Valkey, "
        "which several hosts can share.",
    )(command)


def provider_ports_option(command: F) -> F:
    """Add --provider-ports, whose value may be left out."""
    return option(
        "--provider-ports",
        is_flag=False,
        flag_value="free",
        default="off",
        metavar="[PORTS]",
        help="Also serve providers at the root of ports of their own: free ones, or from 4081 on (4081-), or the named "
        "ones alone (invoiless=4090,crm_com=4091).",
    )(command)


def own_providers(command: F) -> F:
    """Add --providers."""
    return option(
        "--providers",
        "provider_folder",
        type=_FOLDER,
        multiple=True,
        help="Folder of your own providers, <provider>/{openapi.yaml,fixtures.yaml,provider/}; repeat it for several. "
        "Their code is run.",
    )(command)


def chosen_providers(command: F) -> F:
    """Add --provider."""
    return option(
        "--provider",
        "provider_names",
        multiple=True,
        metavar="NAME",
        help="Only this provider; repeat it for several. Files of the others are not read. Default: all.",
    )(command)


def application_options(command: F) -> F:
    """Add --provider, --providers, --schemas and --fixtures, under the names that `create_app` has for them."""
    command = option(
        "--schemas", type=_FOLDER, help="Folder of contracts, <provider>/openapi.yaml. Default: the packaged ones."
    )(own_providers(command))
    command = option(
        "--fixtures",
        type=click.Path(exists=True, path_type=Path),
        help="Folder of fixtures, <provider>/default.yaml, or a file of several providers'. The rest is packaged.",
    )(command)
    return chosen_providers(command)


def limits(command: F) -> F:
    """Add the options for the seed and the limits of a sandbox, named like the fields of `Settings`."""
    count, size = click.IntRange(1, 10_000_000), click.IntRange(1024, 1 << 34)
    head_size, seconds = click.IntRange(1024, 128 << 10), click.IntRange(1, 86_400)
    for name, kind, help_ in reversed(  # click lists options from the last decorator up
        (
            ("seed", str, "Seed of generated ids; the same seed gives the same ids."),
            ("namespace_limit", count, "Maximum number of namespaces; the least recently used is dropped."),
            ("namespace_ttl", count, "Seconds after which an unused namespace is forgotten. Default: never."),
            (
                "journal_entries",
                count,
                "Maximum number of calls in the journal of a namespace; the oldest are dropped.",
            ),
            (
                "journal_bytes",
                size,
                "Approximate size of all journals together, in bytes; the oldest calls are dropped.",
            ),
            ("body_limit", size, "Maximum size of a request body, in bytes."),
            ("head_limit", head_size, "Maximum size of a request head, in bytes."),
            ("connection_limit", count, "Maximum number of open connections; further ones are refused."),
            ("request_seconds", seconds, "Maximum time for a request to arrive, and for a client to read the reply."),
        )
    ):
        default = getattr(_DEFAULTS, name)
        command = option(f"--{name.replace('_', '-')}", type=kind, default=default, help=help_)(command)
    return command
