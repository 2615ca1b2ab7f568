"""A summariser on Google's SDK: a draft, then a streamed final version."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

from google import genai
from google.genai import types

from otel_agentcost.demo.quiet import FAKE_KEY
from otel_agentcost.demo.seat import Seat
from otel_agentcost.demo.texts import handbook

MODEL = "gemini-2.5-flash"


def run(seat: Seat) -> str:
    """Draft, then polish; both calls share a long instruction that the provider caches by itself."""
    client = genai.Client(api_key=FAKE_KEY, http_options=types.HttpOptions(base_url=seat.base_url))
    config = types.GenerateContentConfig(system_instruction=handbook("summaries"))
    draft = client.models.generate_content(model=MODEL, contents="Summarise the lamp test.", config=config).text or ""
    wish = f"Polish this draft: {draft}"
    chunks = client.models.generate_content_stream(model=MODEL, contents=wish, config=config)
    return "".join(chunk.text or "" for chunk in chunks)
