"""The environment in the forms of shells, files and CI, with values that need quotes."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from paysandbox.client.env_vars import FORMATS, render_variables

PLAIN = {"SHOP_URL": "http://127.0.0.1:4080/shop", "SHOP_PASSWORD": "a b'c$d\"e\\f"}
LINES = {"SHOP_TOKEN": "one\ntwo END"}


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("sh", ["export SHOP_URL=http://127.0.0.1:4080/shop", """export SHOP_PASSWORD='a b'"'"'c$d"e\\f'"""]),
        ("dotenv", ["SHOP_URL='http://127.0.0.1:4080/shop'", 'SHOP_PASSWORD="a b\'c\\$d\\"e\\\\f"']),
        ("powershell", ["$env:SHOP_URL = 'http://127.0.0.1:4080/shop'", "$env:SHOP_PASSWORD = 'a b''c$d\"e\\f'"]),
        ("github", ["SHOP_URL=http://127.0.0.1:4080/shop", "SHOP_PASSWORD=a b'c$d\"e\\f"]),
    ],
)
def test_each_form_has_its_quotes(form: str, lines: list[str]) -> None:
    assert render_variables(form, PLAIN).splitlines() == lines


def test_json_is_an_object() -> None:
    assert json.loads(render_variables("json", PLAIN | LINES)) == PLAIN | LINES


def test_a_value_of_several_lines_stays_one_value() -> None:
    """GitHub's file has delimiters, which the value does not have."""
    assert render_variables("github", LINES) == "SHOP_TOKEN<<END_\none\ntwo END\nEND_"
    assert render_variables("dotenv", LINES) == 'SHOP_TOKEN="one\\ntwo END"'
    assert set(FORMATS) == {"sh", "dotenv", "json", "powershell", "github"}


def test_a_shell_reads_back_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(render_variables("sh", PLAIN | LINES))
    script = f'. {file}; printf "%s|%s|%s" "$SHOP_URL" "$SHOP_PASSWORD" "$SHOP_TOKEN"'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout == "|".join([*PLAIN.values(), *LINES.values()])


def test_node_reads_back_a_dotenv_file(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node")
    file = tmp_path / ".env"
    given = {"SHOP_URL": "http://127.0.0.1:4080/shop", "SHOP_KEY": 'a $b "c" #d'}
    file.write_text(render_variables("dotenv", given))
    script = "process.stdout.write(JSON.stringify([process.env.SHOP_URL, process.env.SHOP_KEY]))"
    done = subprocess.run(  # noqa: S603 - our own
        [node, f"--env-file={file}", "-e", script], capture_output=True, text=True, check=False
    )
    if "bad option" in done.stderr:
        pytest.skip("this Node is older than --env-file")
    assert json.loads(done.stdout) == list(given.values())
