"""Whatever a span carries under the names that readers look for, no reader raises and no reading holds raw values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost import conventions
from otel_agentcost.conventions.registry import BY_MARK, BY_SCOPE, read_span
from otel_agentcost.model.reading import Reading, SpanView
from otel_agentcost.model.usage import Usage

from .examples import examples

_SOURCES = "".join(p.read_text(encoding="utf-8") for p in sorted(Path(conventions.__path__[0]).glob("*.py")))
KEYS = sorted(set(re.findall(r'"([A-Za-z_]+(?:[.:][A-Za-z_0-9.:]+)+)"', _SOURCES)) | {m for m, _ in BY_MARK})
"""Every dotted name that a reader's source spells."""

_INNER = sorted(set(re.findall(r'\.get\("([A-Za-z_]+)"\)', _SOURCES)))

_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=20),
    st.sampled_from(["chat", "llm", "generation", '"LLM"', "model", "ai.generateText.doGenerate", "-5", "1e400", "{"]),
)  # fmt: skip
_blocks = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_INNER), inner, max_size=4)),
    max_leaves=8,
)
_values = st.one_of(_scalars, _blocks, _blocks.map(lambda block: json.dumps(block, default=str)))
_attributes = st.dictionaries(st.sampled_from(KEYS), _values, min_size=1, max_size=12)
_scopes = st.one_of(st.just(""), st.sampled_from(sorted(BY_SCOPE)), st.text(max_size=8))
_names = st.sampled_from(
    ["chat gpt-5", "call_llm", "agent_run [x]", "haystack.component.run", "agent run", "raw_gen_ai_request", ""]
)


@settings(max_examples=examples(600), deadline=None)
@given(_names, _scopes, st.sampled_from(["", "0.0.1", "9.9", "x"]), _attributes, st.booleans())
def test_no_reader_raises_and_every_field_has_its_type(
    name: str, scope: str, version: str, attributes: dict[str, Any], is_error: bool
) -> None:
    reading = read_span(SpanView(name, scope, version, attributes, is_error))
    if reading is None:
        return
    assert isinstance(reading, Reading)
    for field, value in reading.as_dict().items():
        if field == "usage":
            assert isinstance(reading.usage, Usage)
            assert all(type(count) is int for count in reading.usage.counts)
        elif field == "reported_cost_nano_usd":
            assert value is None or (type(value) is int and value >= 0)
        elif field.startswith(("is_", "ends_")):
            assert type(value) is bool
        else:
            assert value is None or type(value) is str, (field, value)
