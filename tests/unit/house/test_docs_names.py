"""Every name that leaves the process is documented, and every documented one exists."""

from __future__ import annotations

from typing import get_args

from otel_agentcost.model import names
from otel_agentcost.model.outcome import MAKES_UNPRICED, Reason, Status

from . import docs

EMITTED = {value for key, value in vars(names).items() if key.isupper() and key != "CURRENCY_USD"}
REASONS = {value for key, value in vars(Reason).items() if key.isupper()}


def test_every_emitted_name_stands_in_docs_names() -> None:
    assert EMITTED - set(docs.first_column(docs.text("names.md"))) == set()


def test_every_name_in_docs_names_is_emitted() -> None:
    documented = docs.first_column(docs.text("names.md"))
    assert set(documented) - EMITTED == set()
    assert len(documented) == len(set(documented)), "a name is documented twice"


def test_docs_outcomes_explains_exactly_the_statuses_and_reasons_there_are() -> None:
    documented = docs.first_column(docs.text("outcomes.md"))
    assert set(documented) == REASONS | set(get_args(Status))
    assert len(documented) == len(set(documented)), "one is explained twice"


def test_docs_outcomes_files_each_reason_that_leaves_no_cost_where_it_belongs() -> None:
    _, without_cost, _ = docs.text("outcomes.md").split("\n## ", 2)
    assert set(docs.first_column(without_cost)) >= MAKES_UNPRICED


def test_no_other_module_spells_an_emitted_name_of_ours() -> None:
    """Readers may: what they look for is what others emit, and stays as it is when our own name changes."""
    own = {name for name in EMITTED if name.startswith("agentcost.")}
    package = docs.ROOT / "otel_agentcost"
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        if name != "model/names.py" and not name.startswith("conventions/"):
            source = path.read_text(encoding="utf-8")
            assert not [name for name in own if f'"{name}"' in source], f"{path}: use otel_agentcost.model.names"
