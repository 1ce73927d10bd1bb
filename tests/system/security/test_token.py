"""The control token: where there is one it stands in one header, whole, once, and is compared in constant time."""

import hmac
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from paysandbox.cli.control_token import control_token_option
from paysandbox.cli.main import main
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.helpers.runtimes import Client, Response, fresh_runtime
from tests.system.security.walking import control_requests

TOKEN = "let-me-in"
BEARER = {"authorization": f"Bearer {TOKEN}"}


def takes_token(command: click.Command) -> bool:
    return any(parameter.name == "control_token" for parameter in command.params)


@pytest.fixture
def guarded(base_runtime: Runtime) -> Client:
    """A sandbox with a control token."""
    return Client(fresh_runtime(base_runtime, Settings(control_token=TOKEN)))


def check_refused(response: Response) -> None:
    """401, and the token is told nowhere."""
    assert (response.status, response.json["title"]) == (401, "Control token missing or wrong")
    assert TOKEN not in str(response)


def test_every_operation_but_health_wants_it(guarded: Client) -> None:
    """Those that only read, and the pages, as well."""
    for name, message in control_requests(guarded.runtime):
        response = guarded.call(message.method, message.target, content=message.body)
        if name == "createSession":  # it is how a browser sends the token
            assert response.status == 415
        else:
            check_refused(response)
        assert name != "health"
    assert guarded.get("/_sandbox/health").status == 200


@pytest.mark.parametrize(
    "query",
    [
        f"token={TOKEN}",
        f"control_token={TOKEN}",
        f"control-token={TOKEN}",
        f"access_token={TOKEN}",
        f"authorization=Bearer%20{TOKEN}",
    ],
)
def test_it_is_not_read_from_a_query(guarded: Client, query: str) -> None:
    """There it would be kept by histories and logs."""
    check_refused(guarded.post("/_sandbox/reset", query=query))


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": f"token={TOKEN}; authorization=Bearer {TOKEN}"},
        {"x-sandbox-token": TOKEN},
        {"x-control-token": TOKEN},
        {"proxy-authorization": f"Bearer {TOKEN}"},
        {"x-forwarded-authorization": f"Bearer {TOKEN}"},
        {"authorization": f"Bearer  {TOKEN}"},
        {"authorization": f"Bearer {TOKEN} "},
        {"authorization": f"Bearer {TOKEN.upper()}"},
        {"authorization": f"Bearer {TOKEN}, Bearer {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}~default"},
        {"authorization": f"Bearer {TOKEN}\x00"},
    ],
    ids=str,
)
def test_it_is_not_read_from_elsewhere(guarded: Client, headers: dict[str, str]) -> None:
    """A cookie would be sent by any page, and what resembles it is not it."""
    check_refused(guarded.post("/_sandbox/reset", headers=headers))


def test_it_is_not_read_from_a_body(guarded: Client) -> None:
    check_refused(guarded.post("/_sandbox/namespaces", {"token": TOKEN, "authorization": f"Bearer {TOKEN}"}))


def test_it_is_compared_in_constant_time(guarded: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the comparison that is made for it, and by nothing before it: that one decides."""
    compared: list[tuple[bytes, bytes]] = []

    def says(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return True

    monkeypatch.setattr(hmac, "compare_digest", says)
    for sent in ("x", "Bearer wrong-but-long-enough"):
        assert guarded.post("/_sandbox/reset", headers={"authorization": sent}).status == 204
    expected = f"Bearer {TOKEN}".encode()
    assert compared == [(b"x", expected), (b"Bearer wrong-but-long-enough", expected)]


@pytest.mark.parametrize("token", ["let me in", "päßwörter", "日本", "a" * 1000])
def test_any_text_can_be_it(base_runtime: Runtime, token: str) -> None:
    client = Client(fresh_runtime(base_runtime, Settings(control_token=token)))
    as_sent = f"Bearer {token}".encode().decode("latin-1")
    assert client.post("/_sandbox/reset", headers={"authorization": as_sent}).status == 204
    check = client.post("/_sandbox/reset", headers={"authorization": f"Bearer {token[:-1]}".encode().decode("latin-1")})
    assert check.status == 401


@pytest.mark.parametrize("token", ["", " ", "\t", "\u2003", " padded", "padded\n", "two\nlines", "nul\x00"], ids=repr)
def test_an_empty_one_opens_nothing(token: str) -> None:
    """A variable that is set to nothing must not open the sandbox to everybody; what no header carries, to nobody."""
    with pytest.raises(ValueError, match="control_token: the token "):
        Settings(control_token=token)


@pytest.mark.parametrize("name", [name for name, command in main.commands.items() if takes_token(command)])
@pytest.mark.parametrize("token", ["", "  "], ids=repr)
def test_no_command_takes_an_empty_one(name: str, token: str) -> None:
    """`--control-token "$TOKEN"` with an unset variable is refused before anything starts."""
    run = CliRunner().invoke(main, [name, "--control-token", token], env={"PAYSANDBOX_CONTROL_TOKEN": None})
    assert run.exit_code == 2
    assert "the token is empty, as from a variable that is not set" in " ".join(run.output.split())


def test_an_empty_variable_is_none() -> None:
    """A file of variables may leave it empty; beyond loopback a token is then generated."""
    seen: list[str | None] = []

    @click.command
    @control_token_option()
    def command(control_token: str | None) -> None:
        seen.append(control_token)

    run = CliRunner().invoke(command, [], env={"PAYSANDBOX_CONTROL_TOKEN": ""})
    assert (run.exit_code, seen) == (0, [None])


def test_it_is_told_in_no_answer(guarded: Client) -> None:
    """Not to its sender either: a page or a journal may be shown to others."""
    guarded.post("/invoiless/v1/nothing", headers={**BEARER, "x-note": TOKEN})
    for _, message in control_requests(guarded.runtime):
        reply = guarded.call(message.method, message.target, content=message.body, headers=BEARER)
        assert TOKEN.encode() not in reply.content


@pytest.mark.parametrize("given", [None, "wrong"])
def test_commands_name_their_option_not_a_header(tmp_path: Path, given: str | None) -> None:
    """Of whoever has a command line, who cannot send a header with it."""
    file = tmp_path / "ours.yaml"
    file.write_text("invoiless: {extends: default}\n")
    token = [] if given is None else ["--control-token", given]
    with Server(settings=Settings(control_token=TOKEN)) as server:
        for command in (["env"], ["export"], ["import", str(file)], ["tail"]):
            run = CliRunner().invoke(main, [*command, "--url", server.url(), *token])
            assert run.exit_code == 2
            assert "give this command --control-token, or PAYSANDBOX_CONTROL_TOKEN in its environment" in run.output
            assert "Authorization" not in run.output


def test_a_refusal_tells_where_the_token_is_from(guarded: Client) -> None:
    """Serve prints only one that it has generated."""
    says = "it is that of serve --control-token, else serve has printed it"
    assert says in guarded.get("/_sandbox/providers").json["detail"]
    assert says in guarded.post("/_sandbox/session", {"token": "wrong"}).json["detail"]
