"""Keys of `prices.tools`: which tools each one means, and which of two is the more specific."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase, translate
from typing import NamedTuple

MAX_NAME_CHARACTERS = 512
"""Readers cut longer names."""

_MCP = "mcp:"
_CLAUDE = "mcp__"
"""Claude's agents call the tool of an MCP server `mcp__SERVER__TOOL`."""

_ANY = "*"
_SET = re.compile(r"\[!?([^]]+)\]")
_RANGE = re.compile(r"(.)-(.)")


class ToolKey(NamedTuple):
    """A key in its shortest form, in lower case: equal ones mean the same tools."""

    is_mcp: bool
    glob: str
    """Of a tool's name, or of `SERVER` or `SERVER/TOOL`."""

    def matches(self, tool: str | None, server: str | None) -> bool:
        """Return whether the key means a tool; both names are in lower case.

        Servers may have slashes in their names (`io.github.acme/search`), so both are tried as a whole.
        """
        if not self.is_mcp:
            return tool is not None and fnmatchcase(tool, self.glob)
        if server is None:
            return False
        return fnmatchcase(server, self.glob) or (tool is not None and fnmatchcase(f"{server}/{tool}", self.glob))

    @property
    def specificity(self) -> tuple[int, bool, int, bool]:
        """Order among the keys that mean one tool.

        First the key that spells out more (server, tool), then the one that spells out the server, then the one with
        more characters that are no wildcards, then the one that asks for a server at all.
        """
        server, tool = _ANY, self.glob
        if self.is_mcp:
            server, slash, tool = self.glob.rpartition("/")
            server, tool = (server, tool) if slash else (tool, _ANY)
        names_server, names_tool = not _is_glob(server), not _is_glob(tool)
        literal = len(re.sub(r"[*?]", "", _SET.sub("", server + tool)))
        return (names_server + names_tool, names_server, literal, self.is_mcp)


def parse(key: str) -> ToolKey:
    """Return a key in its shortest form: `search_*`, `mcp:SERVER`, `mcp:SERVER/TOOL`, or `mcp__SERVER__TOOL`."""
    name = re.sub(r"\*{2,}", _ANY, key.strip().lower())
    if name.startswith(_CLAUDE):
        name = _MCP + name[len(_CLAUDE) :].replace("__", "/", 1)
    if not name.startswith(_MCP):
        return ToolKey(False, name)
    glob = name[len(_MCP) :].strip()
    return ToolKey(True, glob[:-2] if glob.endswith("/*") and len(glob) > 2 else glob)


def key_faults(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each key that cannot be used, and why."""
    first: dict[ToolKey, str] = {}
    for key in keys:
        parsed = parse(key)
        why = _fault(parsed)
        if why is None and parsed in first:
            why = f"is the same as prices.tools[{first[parsed]!r}]: remove one"
        if why is None:
            first[parsed] = key
        else:
            yield key, why


def _fault(key: ToolKey) -> str | None:
    glob = key.glob
    if key.is_mcp and (not glob or glob.startswith("/")):
        return "names no MCP server; write mcp:SERVER or mcp:SERVER/TOOL, and mcp:* for any server"
    if key.is_mcp and glob.endswith("/"):
        return "names no tool of the MCP server; write mcp:SERVER/TOOL, or mcp:SERVER for all of its tools"
    if not glob:
        return "an empty name"
    if _has_a_backward_range(glob):
        return "can match no name: a range in it runs backwards"
    if len(_SET.sub("", glob).replace(_ANY, "")) > MAX_NAME_CHARACTERS * (2 if key.is_mcp else 1) + key.is_mcp:
        return f"can match no name: names have up to {MAX_NAME_CHARACTERS} characters"
    return None


def _has_a_backward_range(glob: str) -> bool:
    """Return whether a range such as `[z-a]` is in a glob: Python before 3.11 raises when it matches one."""
    try:
        re.compile(translate(glob))
    except re.error:
        return True
    return any(start > end for inside in _SET.findall(glob) for start, end in _RANGE.findall(inside))


def _is_glob(part: str) -> bool:
    return any(character in part for character in "*?[")
