"""Every name that leaves the process is documented, and every documented one exists."""

from __future__ import annotations

from typing import get_args

from otel_agentcost.engine.measurements.catalogue import CATALOGUE
from otel_agentcost.engine.measurements.tables import EXECUTION_LABELS, OPERATION_LABELS, SPEND_LABELS
from otel_agentcost.model import names
from otel_agentcost.model.outcome import MAKES_UNPRICED, Reason, Status

from . import docs

EMITTED = {value for key, value in vars(names).items() if key.isupper() and key != "CURRENCY_USD"}
REASONS = {value for key, value in vars(Reason).items() if key.isupper()}


PAGES = ("names.md", "metrics.md")


def test_every_emitted_name_stands_in_docs_names_or_docs_metrics() -> None:
    documented = {name for page in PAGES for name in docs.first_column(docs.text(page))}
    assert EMITTED - documented - {names.EVENT_NAME} == set()
    assert names.EVENT_NAME in docs.code(docs.text("metrics.md"))


def test_every_name_in_docs_names_and_docs_metrics_is_emitted() -> None:
    for page in PAGES:
        for section in docs.text(page).split("\n## "):
            for table in section.split("\n\n"):
                documented = docs.first_column(table)
                assert set(documented) - EMITTED == set()
                assert len(documented) == len(set(documented)), f"{page}: a name is documented twice"


def test_docs_metrics_has_each_metric_with_its_kind_and_unit() -> None:
    rows = [[cell.strip().strip("`") for cell in line.split("|")[1:6]] for line in docs.text("metrics.md").splitlines()]
    documented = {row[0]: (row[2], row[3]) for row in rows if len(row) == 5}
    assert {each.name: (each.kind, each.unit) for each in CATALOGUE}.items() <= documented.items()


def test_docs_metrics_names_every_label() -> None:
    labels = {*SPEND_LABELS, *OPERATION_LABELS, *EXECUTION_LABELS, names.USER, names.PRICING_REASON, names.OVERFLOW}
    assert labels <= docs.code(docs.text("metrics.md"))


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
