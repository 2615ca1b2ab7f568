"""The configuration's JSON Schema, for editors and for whoever generates configurations."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from otel_agentcost.config.schema import File

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of the file; descriptions say what each value may be."""
    return {"$schema": DIALECT, "title": "agentcost.yaml", **msgspec.json.schema(File)}


def json_schema_text() -> str:
    """Return the schema as text, laid out and in a stable order."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
