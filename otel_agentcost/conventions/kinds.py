"""Tell what a span stands for from the names that conventions give it."""

from __future__ import annotations

from otel_agentcost.model.reading import AGENT, EMBEDDINGS, INFERENCE, OTHER, RETRIEVAL, TOOL, WORKFLOW, Kind

# gen_ai.operation.name: OpenTelemetry's values, and those that instrumentations invented.
BY_OPERATION: dict[str, Kind] = {
    "chat": INFERENCE,
    "generate_content": INFERENCE,
    "text_completion": INFERENCE,
    "completion": INFERENCE,
    "completions": INFERENCE,
    "acompletion": INFERENCE,
    "responses": INFERENCE,
    "aresponses": INFERENCE,
    "response": INFERENCE,
    "message": INFERENCE,
    "messages": INFERENCE,
    "generate": INFERENCE,
    "generate_text": INFERENCE,
    "inference": INFERENCE,
    "llm": INFERENCE,
    "call_llm": INFERENCE,
    "count_tokens": OTHER,
    "rerank": INFERENCE,
    "image_generation": INFERENCE,
    "generate_image": INFERENCE,
    "image": INFERENCE,
    "audio": INFERENCE,
    "speech": INFERENCE,
    "transcription": INFERENCE,
    "embeddings": EMBEDDINGS,
    "embedding": EMBEDDINGS,
    "aembedding": EMBEDDINGS,
    "create_embedding": EMBEDDINGS,
    "chat.completions": INFERENCE,
    "text.completions": INFERENCE,
    "ai.generateSpeech": INFERENCE,
    "ai.transcribe": INFERENCE,
    "ai.streamTranscribe": INFERENCE,
    "invoke_agent": AGENT,
    "agent": AGENT,
    "run_agent": AGENT,
    "create_agent": OTHER,
    "invoke_workflow": WORKFLOW,
    "workflow": WORKFLOW,
    "execute_task": WORKFLOW,
    "execute_event_loop_cycle": WORKFLOW,
    "agent_step": WORKFLOW,
    "orchestrate_tools": WORKFLOW,
    "framework": WORKFLOW,
    "execute_tool": TOOL,
    "tool": TOOL,
    "retrieval": RETRIEVAL,
    "retrieve": RETRIEVAL,
    "vectordb": RETRIEVAL,
}

# `llm.request.type` of OpenLLMetry and LiteLLM.
BY_REQUEST_TYPE: dict[str, Kind] = {
    "chat": INFERENCE,
    "completion": INFERENCE,
    "acompletion": INFERENCE,
    "responses": INFERENCE,
    "aresponses": INFERENCE,
    "rerank": INFERENCE,
    "embedding": EMBEDDINGS,
    "aembedding": EMBEDDINGS,
}

# `openinference.span.kind`.
BY_OPENINFERENCE_KIND: dict[str, Kind] = {
    "LLM": INFERENCE,
    "EMBEDDING": EMBEDDINGS,
    "AGENT": AGENT,
    "CHAIN": WORKFLOW,
    "TOOL": TOOL,
    "RETRIEVER": RETRIEVAL,
    "RERANKER": RETRIEVAL,
    "GUARDRAIL": OTHER,
    "EVALUATOR": OTHER,
    "PROMPT": OTHER,
    "UNKNOWN": OTHER,
}

# `traceloop.span.kind`.
BY_TRACELOOP_KIND: dict[str, Kind] = {
    "workflow": WORKFLOW,
    "task": WORKFLOW,
    "agent": AGENT,
    "tool": TOOL,
    "session": WORKFLOW,
}

# The convention puts the operation first in the span's name: `invoke_agent planner`, `chat gpt-5`.
BY_NAME_PREFIX: tuple[tuple[str, Kind], ...] = (
    ("invoke_agent", AGENT),
    ("invoke_workflow", WORKFLOW),
    ("execute_tool", TOOL),
    ("create_agent", OTHER),
)
_NAME_PREFIXES = tuple(prefix for prefix, _ in BY_NAME_PREFIX)


def kind_of_operation(operation: str | None, name: str) -> Kind | None:
    """Return what `gen_ai.operation.name` and the span's name say, or None where they say nothing known.

    A span named `invoke_agent …` or `execute_tool …` is what its name says even where its attributes were overwritten
    by the model call inside it, as Google ADK under OpenInference does.
    """
    if name.startswith(_NAME_PREFIXES):
        for prefix, kind in BY_NAME_PREFIX:
            if name.startswith(prefix):
                return kind
    if operation is None:
        return None
    return BY_OPERATION.get(operation) or BY_OPERATION.get(operation.lower())
