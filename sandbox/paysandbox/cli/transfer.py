"""`paysandbox export` and `import`: the records of a namespace as a fixture file, and back."""

import http
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from paysandbox.cli.control_token import control_token_option, explain_failure
from paysandbox.cli.options import StartupFailed, option
from paysandbox.cli.output import NewFile
from paysandbox.core.problems import StartupError

_HEADER = """\
# The namespace {namespace} of {url}. To start from it: paysandbox serve --fixtures FILE
# To load it into a running sandbox: paysandbox import FILE
"""


def _running_sandbox(command: Any) -> Any:
    """Add --url, --namespace and --control-token."""
    command = control_token_option()(command)
    command = option("--namespace", default="default", help="Namespace of the sandbox.")(command)
    return option("--url", default="http://127.0.0.1:4080", help="URL of the sandbox.")(command)


@click.command("export", short_help="Write a namespace as a fixture file.")
@_running_sandbox
@option("--provider", "chosen", multiple=True, metavar="NAME", help="Only this provider; may be given several times.")
@option("--output", type=NewFile(), help="Write to this file instead of standard output.")
def export(url: str, namespace: str, control_token: str | None, chosen: tuple[str, ...], output: Path | None) -> None:
    """Write records, id counters, variants and credentials of a namespace of a running sandbox as YAML.

    `serve --fixtures` starts from the file, and `import` loads it into a namespace.
    """
    from paysandbox.client.http import path_of  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.core.strict_yaml import write_yaml  # noqa: PLC0415 - as above

    found: dict[str, Any] = _call(url, control_token, "GET", path_of("namespaces", namespace, "export"))
    unknown = [name for name in chosen if name not in found]
    if unknown:
        raise click.BadParameter(
            f"there is no provider {unknown[0]!r}; there are {', '.join(found)}", param_hint="--provider"
        )
    fixtures = {name: sections for name, sections in found.items() if name in chosen or not chosen}
    text = _HEADER.format(namespace=namespace, url=url) + write_yaml(fixtures)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")


@click.command("import", short_help="Load a fixture file into a namespace.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_running_sandbox
@option("--provider", metavar="NAME", help="Only this provider; FILE may also be its default.yaml.")
def import_(url: str, namespace: str, control_token: str | None, provider: str | None, file: Path) -> None:
    """Replace the records of a namespace of a running sandbox by those in FILE; the namespace is created if missing.

    Providers that the file does not have stay as they are. A file with errors changes nothing.
    """
    from paysandbox.client.http import path_of  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.kit.fixtures import read_file  # noqa: PLC0415 - as above

    try:
        fixtures = read_file(file)
    except StartupError as error:
        raise StartupFailed("\n".join(error.errors)) from None
    _require_provider(url, control_token, provider, file, fixtures)
    has_one_provider = provider is not None and provider not in fixtures
    if provider is not None:
        fixtures = {provider: fixtures if has_one_provider else fixtures[provider]}
    path = path_of("namespaces", namespace)
    is_new = namespace not in _list_namespaces(url, control_token)
    if is_new:
        _call(url, control_token, "POST", "/namespaces", {"name": namespace})
    try:
        done = _call(url, control_token, "POST", f"{path}/import", fixtures)
    except StartupFailed as failed:
        if is_new:
            _call(url, control_token, "DELETE", path)
        raise StartupFailed(_locate_errors(failed.message, file, fixtures, above=int(has_one_provider))) from None
    for warning in done["warnings"]:
        click.echo(warning, err=True)
    click.echo(f"imported {', '.join(fixtures)} into the namespace {namespace}")


def _require_provider(
    url: str, control_token: str | None, provider: str | None, file: Path, fixtures: Mapping[str, Any]
) -> None:
    """Refuse the sections of one provider if it is named neither by the file nor by the option."""
    from paysandbox.kit.fixture_form import is_of_one_provider  # noqa: PLC0415 - --help need not wait for it

    if provider is not None or not is_of_one_provider(fixtures, ()):
        return
    names = [found["name"] for found in _call(url, control_token, "GET", "/providers")["providers"]]
    if is_of_one_provider(fixtures, names):
        folder = file.absolute().parent.name
        which = f"--provider {folder}" if folder in names else f"--provider, one of {', '.join(names)}"
        raise StartupFailed(f"{file}: it has the records of one provider and does not name it; add {which}")


def _locate_errors(message: str, file: Path, names: Iterable[str], *, above: int) -> str:
    """Give each error its line in the file; `above` is the number of first steps of pointers that the file lacks."""
    from paysandbox.core.strict_yaml import locate_errors  # noqa: PLC0415 - as above

    below = "|".join(map(re.escape, names))
    first, *errors = re.split(rf"(?:: |; )(?=/(?:{below})[/:])", message)
    located = []
    for error in errors:
        pointer, _, what = error.partition(": ")
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1 + above :]]
        located.append(([int(step) if step.isdecimal() else step for step in steps], what))
    return "\n".join([first, *locate_errors(file.read_text("utf-8"), str(file), located)])


def _list_namespaces(url: str, control_token: str | None) -> list[str]:
    return [found["name"] for found in _call(url, control_token, "GET", "/namespaces")["namespaces"]]


def _call(url: str, control_token: str | None, method: str, path: str, body: Any = None) -> Any:
    from paysandbox.client.http import SandboxError  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.client.namespace import SandboxClient  # noqa: PLC0415 - as above

    try:
        sandbox = SandboxClient(url, control_token=control_token)
        if method == "GET":
            sandbox.health()
        return sandbox.call(method, path, body)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    except SandboxError as error:
        if error.status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise StartupFailed(f"{error}; serve --body-limit allows more") from None
        raise explain_failure(error) from None
