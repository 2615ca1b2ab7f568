"""The scripts that hold the house, and what a package import may cost."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from otel_agentcost.pricing.load import read_snapshot

ROOT = Path(__file__).parents[3]
HEAVY = (
    "genai_prices",
    "grpc",
    "httpx",
    "msgspec",
    "pydantic",
    "requests",
    "rich",
    "sqlalchemy",
    "urllib3",
    "uvicorn",
    "yaml",
)


def file_lengths() -> ModuleType:
    spec = importlib.util.spec_from_file_location("file_lengths", ROOT / "scripts" / "file_lengths.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_file_one_line_too_long_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "otel_agentcost" / "ring"
    folder.mkdir(parents=True)
    (folder / "long.py").write_text("x = 1\n" * 301)
    (folder / "fits.py").write_text("x = 1\n" * 300)
    assert file_lengths().too_long(tmp_path) == [(Path("otel_agentcost/ring/long.py"), 301)]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import sys, otel_agentcost; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_change_fragment_has_a_name_that_the_changelog_understands() -> None:
    pattern = re.compile(r"(\d+|\+[\w-]+)\.(added|changed|fixed|removed)(\.\d+)?\.md|README\.md")
    odd = [path.name for path in (ROOT / "changes").iterdir() if not pattern.fullmatch(path.name)]
    assert odd == [], "see changes/README.md"


def test_the_tests_install_the_genai_prices_that_the_snapshot_was_made_from() -> None:
    pinned = re.search(r'"genai-prices==([\d.]+);', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pinned is not None
    assert pinned.group(1) == read_snapshot().version
