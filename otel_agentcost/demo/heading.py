"""Headings between the parts of what the demo prints."""

from __future__ import annotations

from rich.console import Console
from rich.rule import Rule
from rich.text import Text


def print_heading(console: Console, title: str) -> None:
    """Print a title and a line to the edge."""
    console.print(Rule(Text(title, "bold"), align="left"))
