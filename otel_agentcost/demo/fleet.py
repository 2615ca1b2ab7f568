"""The demo's fleet, as data: which agent runs for whom, on what, and seen by which instrumentations."""

from __future__ import annotations

from typing import NamedTuple

from otel_agentcost.demo.provider.script import Script


class Member(NamedTuple):
    """One agent of the fleet; it makes one execution a round."""

    name: str
    shows: str
    """What the execution is there to show, in a few words."""
    entry: str
    """`module:function` under `otel_agentcost.demo.agents`."""
    user: str
    team: str
    feature: str
    stack: str
    instrumentations: tuple[str, ...]
    """Keys of `instruments.INSTRUMENTORS`; () where the framework emits its spans itself."""
    script: Script = Script()


ADA = ("ada", "support")
LIN = ("lin", "research")

FLEET = (
    # "triage" comes last: OpenLLMetry 0.62 does not come off the OpenAI SDK again; a follower would be seen twice.
    Member(
        "answers",
        "embeddings, a stream with usage, a 429 that the SDK retries",
        "openai_answers:run",
        *ADA,
        "answers",
        "openai SDK, embeddings and stream",
        ("openinference-openai",),
        Script(answer_sentences=6, throttled_requests=frozenset({2})),
    ),
    Member(
        "letters",
        "cache writes and reads; the SDK's own spans beside an instrumentation",
        "anthropic_letters:run",
        *ADA,
        "letters",
        "anthropic SDK, messages",
        ("openllmetry-anthropic",),
        Script(answer_sentences=5),
    ),
    Member(
        "live-chat",
        "a stream without usage, and one that its reader abandons",
        "openai_live_chat:run",
        *ADA,
        "live-chat",
        "openai SDK, stream",
        ("genai-openai",),
        Script(answer_sentences=6),
    ),
    Member(
        "report",
        "a supervisor and two sub-agents, instrumented twice",
        "langgraph_report:run",
        *LIN,
        "report",
        "LangGraph, openai chat",
        ("openinference-langchain", "openinference-openai"),
    ),
    Member(
        "review",
        "a sub-agent behind a tool, instrumented by the framework itself",
        "pydantic_ai_review:run",
        *LIN,
        "review",
        "pydantic-ai, openai chat",
        (),
    ),
    Member(
        "analysis",
        "a hand-off between agents, reasoning tokens",
        "openai_agents_analysis:run",
        *LIN,
        "analysis",
        "openai-agents, responses",
        ("openinference-openai-agents",),
    ),
    Member(
        "summary",
        "Gemini, plain and streamed, with thoughts",
        "gemini_summary:run",
        *LIN,
        "summary",
        "google-genai SDK",
        ("google-genai",),
        Script(answer_sentences=6),
    ),
    Member(
        "triage",
        "instrumented twice, two tools, cached prompt",
        "openai_triage:run",
        *ADA,
        "triage",
        "openai SDK, chat completions",
        ("openllmetry-openai", "genai-openai"),
    ),
)
