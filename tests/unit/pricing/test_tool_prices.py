"""What the calls of a tool cost by themselves: which key of `prices.tools` a tool falls under, and what it says."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agentcost.model.tool_price import ToolPrice
from otel_agentcost.pricing.load import load_tool_prices
from otel_agentcost.pricing.settings import PriceSettings, ToolSetting
from otel_agentcost.pricing.tool_prices import MAX_REMEMBERED, ToolPrices

D = Decimal


def chosen(keys: list[str], tool: str | None, server: str | None = None) -> str | None:
    """Return the key that prices a tool."""
    found = ToolPrices(dict.fromkeys(keys, D(1))).price(tool, server)
    return None if found is None else found.price_id.removeprefix("tools/")


LADDER = [
    "mcp:tavily/search",
    "mcp:tavily/sea*",
    "mcp:tavily",
    "mcp:*/search",
    "search",
    "sear*",
    "mcp:tav*",
    "s*",
    "*",
]
"""Every key that means the tool `search` of the server `tavily`, the most specific first."""


@pytest.mark.parametrize("first", range(len(LADDER)))
def test_the_most_specific_key_wins(first: int) -> None:
    for keys in (LADDER[first:], LADDER[first:][::-1]):
        assert chosen(keys, "search", "tavily") == LADDER[first]


@pytest.mark.parametrize(
    ("key", "tool", "server", "means"),
    [
        ("search", "search", None, True),
        ("search", "Search ", None, True),
        ("search", "research", None, False),
        ("search", "search", "tavily", True),  # a tool's name says nothing of a server
        ("search_*", "search_web", None, True),
        ("search_?", "search_web", None, False),
        ("[rs]ead", "read", None, True),
        ("*", "anything", None, True),
        ("*", None, None, False),
        ("mcp:tavily", "search", "Tavily", True),
        ("MCP:Tavily", "search", "tavily", True),
        ("mcp:tavily", None, "tavily", True),
        ("mcp:tavily", "search", None, False),
        ("mcp:tavily", "tavily", None, False),
        ("mcp:tavily/search", "search", "tavily", True),
        ("mcp:tavily/search", "extract", "tavily", False),
        ("mcp:tavily/*", None, "tavily", True),
        ("mcp:tavily*", "search", "tavily-2", True),
        ("mcp:*", "search", "tavily", True),
        ("mcp:*", "search", None, False),
        ("mcp:*/search", "search", "tavily", True),
        ("mcp:*/search", "research", "tavily", False),
        ("mcp__tavily__search", "search", "tavily", True),  # as Claude's agents write it
        ("mcp__tavily__*", "search", "tavily", True),
        ("mcp:io.github.acme/search", "query", "io.github.acme/search", True),  # a server's name may have a slash
        ("mcp:io.github.acme/search", "search", "io.github.acme", True),
        ("mcp:io.github.acme/search/query", "query", "io.github.acme/search", True),
    ],
)  # fmt: skip
def test_a_key_means_a_tool(key: str, tool: str | None, server: str | None, means: bool) -> None:
    assert chosen([key], tool, server) == (key if means else None)


def test_equally_specific_globs_are_decided_by_the_alphabet_and_not_by_their_order_in_the_file() -> None:
    for keys in permutations(["sea*", "*rch", "s*ch"]):
        assert chosen(list(keys), "search") == "*rch"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["a", " A "], r"prices\.tools\. A : is the same as prices.tools\['a'\]: remove one"),
        (["s*", "S**"], r"is the same as prices.tools\['s\*'\]"),
        (["mcp:a", "mcp:A/*"], r"is the same as prices.tools\['mcp:a'\]"),
        (["mcp__a__b", "mcp:a/b"], r"is the same as prices.tools\['mcp__a__b'\]"),
        ([""], "an empty name"),
        (["mcp:"], "names no MCP server; write mcp:SERVER"),
        (["mcp:/search"], "names no MCP server"),
        (["mcp:tavily/"], "names no tool of the MCP server"),
        (["mcp__tavily__"], "names no tool of the MCP server"),
        (["[z-a]x"], "can match no name: a range in it runs backwards"),
        (["x" * 513], "can match no name: names have up to 512 characters"),
        (["x" * 500 + "?" * 20], "can match no name: names have up to 512"),
    ],
)
def test_keys_that_are_the_same_or_can_never_match_are_refused(keys: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ToolPrices(dict.fromkeys(keys, D(1)))


@pytest.mark.parametrize("key", ["[a-]x", "[!-~]", "x" * 512, "*" * 600, "[" + "ab" * 300 + "]"])
def test_odd_keys_that_can_match_are_taken(key: str) -> None:
    assert ToolPrices({key: D(1)})


@pytest.mark.parametrize(
    ("price", "message"),
    [
        (D("-0.1"), "prices.tools.t: -0.1 is not allowed, must be from 0 to 1000000"),
        (D("NaN"), "prices.tools.t: NaN is not allowed"),
        (D("Infinity"), "prices.tools.t: Infinity is not allowed"),
        (D("1000001"), "prices.tools.t: 1000001 is not allowed"),
        (D("0.0000000001"), "prices.tools.t: 1E-10 is not allowed: a billionth of a dollar"),
        (ToolSetting(), "prices.tools.t: has no price: give usd_per_call, usd_per_session or both"),
        (ToolSetting(D(1), D(-1)), "prices.tools.t.usd_per_session: -1 is not allowed"),
    ],
)
def test_a_wrong_price_is_named_with_what_is_allowed(price: Decimal | ToolSetting, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ToolPrices({"t": price})


def test_a_price_is_exact_nano_dollars() -> None:
    prices = load_tool_prices(
        PriceSettings(tools={"a": D("0.008"), "b": ToolSetting(None, D("0.03"), False), "mcp:c": ToolSetting(D(0))})
    )
    assert prices.price("a") == ToolPrice("tools/a", 8_000_000, 0, True, False, rank=1)
    assert prices.price("b") == ToolPrice("tools/b", 0, 30_000_000, False, False, rank=0)
    assert prices.price("x", "c") == ToolPrice("tools/mcp:c", 0, 0, True, True, rank=2)


def test_the_price_of_a_search_that_a_provider_runs_is_that_of_the_tool_web_search() -> None:
    assert ToolPrices({"*": D("0.03"), "WEB_*": D("0.02")}).search_usd == D("0.02")
    assert ToolPrices({"web_search": ToolSetting(usd_per_session=D(1)), "*": D(1)}).search_usd is None
    assert ToolPrices({"mcp:*": D(1)}).search_usd is None
    assert ToolPrices({}).search_usd is None


def test_no_price_at_all_is_no_prices() -> None:
    assert not ToolPrices({})
    assert ToolPrices({}).price("search") is None


def test_the_memory_of_names_is_bounded() -> None:
    prices = ToolPrices({"search_*": D(1)})
    for number in range(3 * MAX_REMEMBERED):
        assert (prices.price(f"search_{number}") is None, prices.price(f"x{number}")) == (False, None)
    assert len(prices._remembered) <= MAX_REMEMBERED


NAMES = st.text("ab_*?[]-:/", max_size=8)


@given(st.lists(NAMES, max_size=4), st.one_of(st.none(), NAMES), st.one_of(st.none(), NAMES))
def test_any_keys_are_refused_with_their_name_or_answer_alike_in_any_order(
    keys: list[str], tool: str | None, server: str | None
) -> None:
    try:
        prices = ToolPrices({key: D(1) for key in keys})
    except ValueError:
        with pytest.raises(ValueError, match=r"^prices\.tools\."):
            ToolPrices({key: D(1) for key in keys})
        return
    turned = ToolPrices({key: D(1) for key in reversed(keys)})
    assert turned.price(tool, server) == prices.price(tool, server)
