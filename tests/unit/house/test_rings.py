"""A domain ring gets its facts, its clock and its files handed in: it never reads the world itself.

import-linter (`make check`) holds which ring may import which; this holds what none of the inner ones may touch.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "otel_agentcost"
DOMAIN_RINGS = ("model", "conventions", "pricing", "ledger", "engine")

FORBIDDEN_IMPORTS = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "io", "logging.handlers", "opentelemetry", "os", "pathlib",
    "requests", "secrets", "selectors", "shutil", "socket", "socketserver", "sqlite3", "ssl", "subprocess",
    "tempfile", "time", "urllib.request", "urllib3",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "open",
    "print",
    "input",
    "now",
    "utcnow",
    "today",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
}

ALLOWED: dict[str, dict[str, str]] = {
    "pricing/load.py": {
        "pathlib": "the shipped snapshot and the LiteLLM file are read once, at start",
        "read_bytes()": "the shipped snapshot and the LiteLLM file are read once, at start",
    },
    "pricing/compile.py": {
        "write_bytes()": "a developer's command renews the shipped snapshot",
        "now()": "a developer's command dates the shipped snapshot",
    },
    "pricing/refresh.py": {
        "urllib.request": "newer prices are fetched in a thread of their own, where the configuration asks for it",
        "now()": "a fetched table carries the instant of its fetching",
    },
}
"""File → what it may touch → why. A line here is a decision: keep it short."""


def touches(source: str) -> Iterator[str]:
    """Yield each name of the outside world that a module touches, wherever in it that happens."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in FORBIDDEN_CALLS:
                yield f"{name}()"
            continue
        else:
            continue
        for name in names:
            parts = name.split(".")
            prefixes = {".".join(parts[: length + 1]) for length in range(len(parts))}
            yield from sorted(prefixes & FORBIDDEN_IMPORTS)


def domain_files() -> list[Path]:
    return [path for ring in DOMAIN_RINGS for path in sorted((PACKAGE / ring).rglob("*.py"))]


@pytest.mark.parametrize("path", domain_files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_domain_module_touches_nothing_outside_but_what_is_allowed(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    forbidden = set(touches(path.read_text(encoding="utf-8"))) - set(ALLOWED.get(name, {}))
    assert not forbidden, f"{name} touches {sorted(forbidden)}: have it handed in, or allow it in ALLOWED with a reason"


def test_every_exception_is_still_needed_and_has_a_reason() -> None:
    for name, allowed in ALLOWED.items():
        used = set(touches((PACKAGE / name).read_text(encoding="utf-8")))
        assert set(allowed) <= used, f"{name} no longer touches {sorted(set(allowed) - used)}: remove it from ALLOWED"
        assert all(len(reason) > 10 for reason in allowed.values())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time", ["time"]),
        ("def f():\n    from os import environ", ["os"]),
        ("from urllib.request import urlopen", ["urllib.request"]),
        ("from datetime import datetime\ndatetime.now()", ["now()"]),
        ("open('x')", ["open()"]),
        ("from urllib.parse import urlsplit", []),
        ("from . import os", []),
    ],
)
def test_the_scan_sees_what_it_must(source: str, found: list[str]) -> None:
    assert sorted(set(touches(source))) == found


def test_every_ring_says_what_lives_in_it() -> None:
    rings = [folder for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()]
    silent = [ring.name for ring in rings if not (ring / "README.md").exists()]
    assert len(rings) > 5
    assert not silent, (
        f"no README.md in {silent}: half a page with what lives there, its invariants, what it must not know"
    )
