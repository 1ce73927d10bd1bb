"""The tools of coding agents, called by the SDK's own client: in memory, as a command, and over HTTP."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters

from paysandbox.agents.server import create_server
from paysandbox.agents.tools import MOST
from paysandbox.client.http import ControlClient
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server

PATIENCE = 60
TOKEN = "t0ken-of-the-control-plane"
PAY = "/documents/1/partial_payments.json"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    with Server(settings=Settings(control_token=TOKEN)) as running:
        yield running


class Agent:
    """Calls tools, as a coding agent does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def use(self, tool: str, **arguments: Any) -> Any:
        """Return the JSON value of an answer."""
        text = await self.read(tool, **arguments)
        return json.loads(text)

    async def read(self, tool: str, **arguments: Any) -> str:
        result = await self._client.call_tool(tool, arguments)
        [content] = result.content
        text: str = content.text  # type: ignore[union-attr] # no tool answers anything but text
        assert not result.is_error, text
        return text


def connect(sandbox: Server) -> Client:
    return Client(create_server(ControlClient(sandbox.url(), control_token=TOKEN)))


def run_client(url: str, key: str, body: Any) -> int:
    """The program under test, of which only the body may be wrong."""
    return httpx.post(f"{url}{PAY}", params={"api_key": key}, json=body, trust_env=False).status_code


def test_all_tools_name_the_same_whole_path(sandbox: Server) -> None:
    """With the base path, as a client sends it."""

    async def compare() -> None:
        async with connect(sandbox) as client:
            agent = Agent(client)
            for provider in await agent.use("list_operations"):
                listed = (await agent.use("list_operations", provider=provider["name"]))[:3]
                for one in listed:
                    text = await agent.read("describe_operation", provider=provider["name"], operation=one["id"])
                    assert f'"path":"{one["path"]}"' in text[:200]

    asyncio.run(compare())


def test_an_agent_mends_a_wrong_client_by_the_tools_alone(sandbox: Server) -> None:
    """The client sends a date of another form; the refusal says which, and the contract of the operation agrees."""

    async def mend() -> None:
        async with connect(sandbox) as client:
            agent = Agent(client)
            listed = await agent.use("list_operations", provider="invoicexpress")
            assert "createPartialPayment" in {one["id"] for one in listed}
            namespace = await agent.use("create_namespace", name="agent", now="2026-03-31T12:00:00Z")
            provider = namespace["providers"]["invoicexpress"]
            url, key = provider["url"], provider["credentials"]["api_key"]
            body: dict[str, Any] = {"partial_payment": {"amount": "10", "payment_date": "2026-03-30"}}
            for _ in range(3):
                if run_client(url, key, body) == 200:
                    break
                [refusal] = await agent.use("read_refusals", namespace="agent", limit=1)
                assert refusal["sent"] == body
                for violation in refusal["violations"]:
                    name = violation["pointer"].rpartition("/")[2]
                    example = re.search(r"for example '([^']+)'", violation["message"])
                    body["partial_payment"][name] = example[1] if example else float(body["partial_payment"][name])
            else:
                pytest.fail("three rounds did not mend the client")
            contract = await agent.read(
                "describe_operation", provider="invoicexpress", operation="createPartialPayment"
            )
            assert "dd/mm/yyyy" in contract
            diff = await agent.use("diff_records", namespace="agent")
            assert len(diff["invoicexpress"]["receipts"]["added"]) == 1
            assert "createPartialPayment" not in await agent.read(
                "list_untested", namespace="agent", provider="crm_com"
            )

    asyncio.run(mend())


def test_clock_faults_reset_and_requests(sandbox: Server) -> None:
    async def drive() -> None:
        async with connect(sandbox) as client:
            agent = Agent(client)
            namespace = await agent.use("create_namespace", name="driven")
            url = namespace["providers"]["invoicexpress"]["url"]
            assert (await agent.use("set_clock", namespace="driven", now="2030-01-01T00:00:00Z"))["frozen"]
            moved = await agent.use("set_clock", namespace="driven", advance_seconds=60)
            assert moved["now"] == "2030-01-01T00:01:00Z"
            await agent.use("add_fault", then={"status": 503}, namespace="driven")
            body = {"partial_payment": {"amount": 1}}
            statuses = [run_client(url, "ix-test-key", body) for _ in range(2)]
            assert statuses == [503, 200]
            assert await agent.read("clear_faults", namespace="driven") == "done"
            requests = await agent.use("read_requests", namespace="driven", limit=2)
            assert [one["status"] for one in requests] == statuses
            owing = await agent.use("read_ledger", namespace="driven", provider="invoicexpress", table="invoices")
            assert {"key": "1", "owed": 1069}.items() <= owing["documents"][0].items()
            owed = await agent.use(
                "read_ledger", namespace="driven", provider="invoicexpress", table="invoices", key="1"
            )
            assert [len(kind["records"]) for kind in owed["entries"]] == [1, 0, 0]
            assert owed["invariants"] == []
            await agent.read("reset", namespace="driven")
            assert await agent.use("diff_records", namespace="driven") == {}

    asyncio.run(drive())


def test_every_tool_says_when_to_use_it(sandbox: Server) -> None:
    async def read() -> None:
        async with connect(sandbox) as client:
            tools = (await client.list_tools()).tools
            assert len(tools) == 12
            for tool in tools:
                assert "Use it " in (tool.description or ""), tool.name

    asyncio.run(read())


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("read_refusals", {"namespace": "nobody"}, "there is no namespace 'nobody'"),
        ("read_refusals", {"limit": 0}, "limit"),
        ("list_operations", {"provider": "paypal"}, "there is no provider 'paypal'"),
        ("read_ledger", {"provider": "invoiless", "table": "scopes", "key": "1"}, "no documents in 'scopes'"),
        ("list_operations", {"provider": "../x"}, "there is no provider"),
        ("describe_operation", {"provider": "invoiless", "operation": "pay"}, "there is no operation 'pay'; there are"),
        ("set_clock", {"now": "yesterday"}, "yesterday"),
        ("add_fault", {"then": {"status": "many"}}, "status"),
        ("create_namespace", {"name": "a b"}, "name"),
    ],
)
def test_a_wrong_argument_is_answered_with_the_reason(
    sandbox: Server, tool: str, arguments: dict[str, Any], reason: str
) -> None:
    async def call() -> None:
        async with connect(sandbox) as client:
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert reason in str(result.content)
            assert TOKEN not in str(result.content)

    asyncio.run(call())


def test_a_long_answer_is_cut(sandbox: Server) -> None:
    async def read() -> None:
        async with connect(sandbox) as client:
            text = await Agent(client).read("list_untested")
            assert len(text) < MOST + 200
            assert "more characters are left out" in text

    asyncio.run(read())


def test_without_a_sandbox_a_tool_says_how_to_start_one() -> None:
    async def call() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        async with Client(create_server(ControlClient(f"http://127.0.0.1:{port}"))) as client:
            result = await client.call_tool("list_operations", {})
            assert result.is_error
            assert "paysandbox serve starts a sandbox" in str(result.content)

    asyncio.run(call())


def test_the_command_speaks_over_standard_input(sandbox: Server) -> None:
    arguments = ["-m", "paysandbox", "mcp", "--url", sandbox.url(), "--control-token", TOKEN]

    async def call() -> None:
        parameters = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
        async with Client(parameters) as client:
            listed = await Agent(client).use("list_operations")
            assert {one["name"] for one in listed} >= {"invoiless", "crm_com"}

    asyncio.run(call())


def test_the_command_speaks_over_http_to_this_machine_alone(sandbox: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "paysandbox", "mcp", "--url", sandbox.url(), "--control-token", TOKEN]
    command += ["--transport", "http", "--mcp-port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:  # noqa: S603 - our own command
        try:
            url = f"http://127.0.0.1:{port}/mcp"
            for _ in range(PATIENCE * 10):
                try:
                    httpx.get(url, trust_env=False)
                    break
                except httpx.ConnectError:
                    time.sleep(0.1)
            rebound = httpx.post(url, json={}, headers={"host": "evil.example"}, trust_env=False)
            assert rebound.status_code in {403, 421}

            async def call() -> None:
                async with Client(url) as client:
                    assert "createPartialPayment" in await Agent(client).read(
                        "list_operations", provider="invoicexpress"
                    )

            asyncio.run(call())
        finally:
            server.terminate()
