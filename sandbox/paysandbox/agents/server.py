"""The server of the tools: over standard input and output, or streamable HTTP on this machine."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from paysandbox._version import __version__
from paysandbox.agents.tools import Tools
from paysandbox.client.http import ControlClient, SandboxError

INSTRUCTIONS = (
    "Paysandbox imitates payment APIs on this machine and says why it refuses a call. Make a namespace, run the client "
    "under test against its URLs, read the refusals, mend the client by the vendor's sentences, and run it again."
)


def create_server(client: ControlClient) -> MCPServer:
    """Create a server of the tools over a running sandbox."""
    server = MCPServer("paysandbox", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    tools = Tools(client)
    for tool in (
        tools.list_operations,
        tools.describe_operation,
        tools.create_namespace,
        tools.read_refusals,
        tools.read_requests,
        tools.diff_records,
        tools.read_ledger,
        tools.set_clock,
        tools.add_fault,
        tools.clear_faults,
        tools.reset,
        tools.list_untested,
    ):
        server.add_tool(_explain(tool), structured_output=False)
    return server


def _explain(tool: Callable[..., str]) -> Callable[..., str]:
    """Let an agent read why a tool could not do its work; the SDK hides what other exceptions say."""

    @wraps(tool)
    def explained(*arguments: Any, **named: Any) -> str:
        try:
            return tool(*arguments, **named)
        except (SandboxError, LookupError) as error:
            raise ToolError(str(error)) from None

    return explained
