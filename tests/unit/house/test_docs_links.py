"""No dead link in any page, and nothing of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from . import docs

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
MAX_BYTES = 1_000_000


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return kept.replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {anchor(heading) for heading in _HEADING.findall(docs.without_fences(path.read_text(encoding="utf-8")))}


def dead_links(path: Path) -> list[str]:
    dead: list[str] = []
    for link in _LINK.findall(docs.without_fences(path.read_text(encoding="utf-8"))):
        target, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue  # the network is not asked: a test must not fail with somebody else's server
        file = (path.parent / target) if target else path
        if not file.exists() or (fragment and file.suffix == ".md" and fragment not in anchors(file)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("path", docs.pages(), ids=lambda path: path.relative_to(docs.ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    assert dead_links(path) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b` c\n[x](#a-b-c) [y](gone.md) [z](#gone) [w](https://example.com)\n")
    assert dead_links(page) == ["gone.md", "#gone"]


def test_every_page_in_docs_is_reached_from_its_index() -> None:
    index = docs.text("README.md")
    unreached = [path for path in docs.DOCS.rglob("*.md") if path.relative_to(docs.DOCS).as_posix() not in index]
    assert [path for path in unreached if path != docs.DOCS / "README.md"] == []


def tracked() -> list[Path]:
    if not (docs.ROOT / ".git").exists():
        return docs.pages()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=docs.ROOT, capture_output=True, check=True).stdout
    return [docs.ROOT / name for name in listed.decode().split("\0") if name]


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert [path for path in tracked() if path.is_file() and path.stat().st_size > MAX_BYTES] == []


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    # Spelled in pieces, so that this file does not name them itself.
    folders = re.compile(r"(?<![\w.:/-])/(?:" + "|".join(("ro" + "ot", "wo" + "rk", "home/[a-z]+")) + r")/")
    guilty: list[str] = []
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".json", ".jsonl", ".yaml", ".yml", ".svg", ""} and path.is_file():
            found = folders.search(path.read_text(encoding="utf-8", errors="replace"))
            if found:
                guilty.append(f"{path.relative_to(docs.ROOT)}: {found.group()}")
    assert guilty == []
