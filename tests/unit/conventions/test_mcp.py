"""Which MCP server a tool's span says it called, in each instrumentation's words, and whether it is the request."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.conventions.registry import read_span
from otel_agentcost.model.reading import MCP_TOOL_CALL, TOOL, Reading, SpanView

TOOL_CALL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}


def read(attributes: dict[str, Any], scope: str = "app", *, is_error: bool = False) -> Reading:
    reading = read_span(SpanView("execute_tool search", scope, "1.0", attributes, is_error))
    assert reading is not None
    assert reading.kind == TOOL
    return reading


@pytest.mark.parametrize(
    ("attributes", "server"),
    [
        ({}, None),
        ({"mcp.server.name": "tavily"}, "tavily"),
        ({"anthropic.mcp.server.name": "tavily"}, "tavily"),  # Claude's CLI
        ({"mcp.method.name": "tools/call", "fastmcp.server.name": "tavily"}, "tavily"),
        ({"mcp.method.name": "tools/call", "server.address": "mcp.tavily.com"}, "mcp.tavily.com"),
        ({"mcp.server.name": "tavily", "mcp.method.name": "tools/call", "server.address": "10.0.0.1"}, "tavily"),
        ({"mastra.span.type": "mcp_tool_call", "server.address": "tavily"}, "tavily"),  # Mastra's exporter
        ({"gen_ai.tool.type": "mcp", "server.address": "mcp.tavily.com"}, "mcp.tavily.com"),  # Orq
        ({"server.address": "api.tavily.com"}, None),  # a tool that calls a service, not over MCP
        ({"mcp.server.name": ""}, None),
        ({"mcp.server.name": 7}, None),
    ],
)  # fmt: skip
def test_the_server_is_found(attributes: dict[str, Any], server: str | None) -> None:
    reading = read({**TOOL_CALL, **attributes})
    assert (reading.tool, reading.mcp_server) == ("search", server)


@pytest.mark.parametrize(
    ("name", "attributes", "tool", "server"),
    [
        ("mcp__tavily__search", {}, "search", "tavily"),
        ("mcp__tavily__search__deep", {}, "search__deep", "tavily"),
        ("mcp__tavily__search", {"mcp.server.name": "Tavily"}, "search", "Tavily"),
        ("mcp__tavily", {}, "mcp__tavily", None),
        ("mcp____search", {}, "mcp____search", None),
        ("mcp__tavily__", {}, "mcp__tavily__", None),
        ("search", {}, "search", None),
    ],
)
def test_claudes_names_of_tools_name_the_server_too(
    name: str, attributes: dict[str, Any], tool: str, server: str | None
) -> None:
    reading = read({**TOOL_CALL, "gen_ai.tool.name": name, **attributes})
    assert (reading.tool, reading.mcp_server) == (tool, server)


def test_an_openinference_tool_of_a_claude_agent_is_the_same_tool() -> None:
    attributes = {"openinference.span.kind": "TOOL", "tool.name": "mcp__tavily__search"}
    reading = read(attributes, "openinference.instrumentation.claude_agent_sdk")
    assert (reading.tool, reading.mcp_server) == ("search", "tavily")


def test_the_request_to_a_server_is_told_from_the_tools_own_span() -> None:
    assert read({**TOOL_CALL, "mcp.method.name": "tools/call"}).operation == MCP_TOOL_CALL
    assert read({**TOOL_CALL, "mcp.server.name": "tavily"}).operation == "execute_tool"


def test_a_tool_fails_by_its_status_or_by_its_type_of_error() -> None:
    """MCP answers a failed tool with a success and `isError`; the convention then sets `error.type`."""
    assert not read(TOOL_CALL).is_failed
    assert read(TOOL_CALL, is_error=True).is_failed
    assert read({**TOOL_CALL, "error.type": "tool_error"}).is_failed
