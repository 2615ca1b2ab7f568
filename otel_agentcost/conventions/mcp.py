"""Find the MCP server behind a tool's call: which one it is, and whether the span is the request to it.

OpenTelemetry's convention for MCP (https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/) names the method and the
server's address, not the server; frameworks have names of their own for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.values import first, text
from otel_agentcost.model.reading import MCP_TOOL_CALL, Reading

_SERVERS = (
    "mcp.server.name",
    "anthropic.mcp.server.name",
    "fastmcp.server.name",
)

_CLAUDE = "mcp__"
"""Claude's agents call the tool of an MCP server `mcp__SERVER__TOOL`."""


def read_mcp(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Fill what a tool's span says of an MCP server: its name, else its address.

    A span of the request itself, the client's or the server's, gets the method as its operation.
    """
    method = attributes.get("mcp.method.name")
    if method == MCP_TOOL_CALL:
        reading.operation = MCP_TOOL_CALL
    if reading.mcp_server is None:
        reading.mcp_server = text(first(attributes, *_SERVERS))
    tool = reading.tool
    if tool is not None and tool.startswith(_CLAUDE):
        server, divider, name = tool[len(_CLAUDE) :].partition("__")
        if divider and server and name:
            reading.tool = name
            reading.mcp_server = reading.mcp_server or server
    if reading.mcp_server is None and (method is not None or _is_called_mcp(attributes)):
        reading.mcp_server = text(attributes.get("server.address"))


def _is_called_mcp(attributes: Mapping[str, Any]) -> bool:
    """Return whether a span without a method says that its tool is an MCP server's: Mastra's do, and Orq's."""
    mastra, tool_type = attributes.get("mastra.span.type"), attributes.get("gen_ai.tool.type")
    return tool_type == "mcp" or (isinstance(mastra, str) and mastra.lower() == "mcp_tool_call")
