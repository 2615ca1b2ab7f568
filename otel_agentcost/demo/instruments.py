"""Switch published instrumentations on for one execution and off again."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

from opentelemetry.trace import TracerProvider


class Instrumentor(NamedTuple):
    distribution: str
    module: str
    attribute: str


INSTRUMENTORS = {
    "openllmetry-openai": Instrumentor(
        "opentelemetry-instrumentation-openai", "opentelemetry.instrumentation.openai", "OpenAIInstrumentor"
    ),
    "openllmetry-anthropic": Instrumentor(
        "opentelemetry-instrumentation-anthropic", "opentelemetry.instrumentation.anthropic", "AnthropicInstrumentor"
    ),
    "genai-openai": Instrumentor(
        "opentelemetry-instrumentation-genai-openai", "opentelemetry.instrumentation.genai.openai", "OpenAIInstrumentor"
    ),
    "google-genai": Instrumentor(
        "opentelemetry-instrumentation-google-genai",
        "opentelemetry.instrumentation.google_genai",
        "GoogleGenAiSdkInstrumentor",
    ),
    "openinference-openai": Instrumentor(
        "openinference-instrumentation-openai", "openinference.instrumentation.openai", "OpenAIInstrumentor"
    ),
    "openinference-langchain": Instrumentor(
        "openinference-instrumentation-langchain", "openinference.instrumentation.langchain", "LangChainInstrumentor"
    ),
    "openinference-openai-agents": Instrumentor(
        "openinference-instrumentation-openai-agents",
        "openinference.instrumentation.openai_agents",
        "OpenAIAgentsInstrumentor",
    ),
}


@contextlib.contextmanager
def instrumented(names: Sequence[str], tracer_provider: TracerProvider) -> Generator[None]:
    """Instrument as published, unmodified, with default settings; the last one switched on is the outermost.

    Instrumentations patch whole libraries, so each is taken off again before the next execution puts on its own.
    """
    with contextlib.ExitStack() as undo:
        for name in names:
            entry = INSTRUMENTORS[name]
            instrumentor: Any = getattr(importlib.import_module(entry.module), entry.attribute)()
            instrumentor.instrument(tracer_provider=tracer_provider, skip_dep_check=False)
            undo.callback(instrumentor.uninstrument)
        yield
