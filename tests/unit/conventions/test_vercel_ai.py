from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import as_json, read, usage

DO_GENERATE = {"ai.operationId": "ai.generateText.doGenerate"}
ANTHROPIC = {**DO_GENERATE, "ai.model.provider": "anthropic.messages", "ai.model.id": "claude-sonnet-4-5"}
OPENAI = {**DO_GENERATE, "ai.model.provider": "openai.chat", "ai.model.id": "gpt-5-mini"}
GOOGLE = {**DO_GENERATE, "ai.model.provider": "google.generative-ai", "ai.model.id": "gemini-2.5-pro"}


def _metadata(**providers: Any) -> dict[str, str]:
    return {"ai.response.providerMetadata": as_json(providers)}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param(
            {
                **ANTHROPIC,
                "ai.usage.inputTokens": 3500,
                "ai.usage.inputTokenDetails.noCacheTokens": 100,
                "ai.usage.inputTokenDetails.cacheReadTokens": 3000,
                "ai.usage.inputTokenDetails.cacheWriteTokens": 400,
                "ai.usage.outputTokens": 20,
                "gen_ai.usage.input_tokens": 3500,
            },
            {"input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 400},
            id="version 6 states an inclusive input and its parts",
        ),
        pytest.param(
            {
                **ANTHROPIC,
                **_metadata(anthropic={"cacheCreationInputTokens": 400}),
                "ai.usage.inputTokens": 100,
                "ai.usage.cachedInputTokens": 3000,
                "ai.usage.outputTokens": 20,
                "ai.usage.totalTokens": 120,
            },
            {"input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 400},
            id="version 5 of Anthropic leaves cached tokens out, writes stand in the metadata",
        ),
        pytest.param(
            {
                **ANTHROPIC,
                **_metadata(
                    anthropic={
                        "usage": {
                            "input_tokens": 100,
                            "output_tokens": 20,
                            "cache_read_input_tokens": 3000,
                            "cache_creation_input_tokens": 400,
                            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 300},
                        }
                    }
                ),
                "ai.usage.promptTokens": 100,
                "ai.usage.completionTokens": 20,
            },
            {"input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 100, "cache_write_1h": 300},
            id="Anthropic's own block tells the lifetimes",
        ),
        pytest.param(
            {
                **DO_GENERATE,
                **_metadata(bedrock={"usage": {"cacheReadInputTokens": 3000, "cacheWriteInputTokens": 0}}),
                "ai.model.provider": "amazon-bedrock",
                "ai.usage.promptTokens": 100,
                "ai.usage.completionTokens": 20,
            },
            {"input": 3100, "output": 20, "cache_read": 3000},
            id="version 4 of Bedrock leaves cached tokens out",
        ),
        pytest.param(
            {
                **OPENAI,
                **_metadata(openai={"cachedPromptTokens": 1024, "reasoningTokens": 8}),
                "ai.usage.promptTokens": 1500,
                "ai.usage.completionTokens": 20,
                "gen_ai.usage.prompt_tokens": 1500,
            },
            {"input": 1500, "output": 20, "cache_read": 1024},
            id="version 4 of OpenAI includes cached tokens",
        ),
        pytest.param(
            {
                **GOOGLE,
                "ai.usage.inputTokens": 200,
                "ai.usage.outputTokens": 20,
                "ai.usage.reasoningTokens": 300,
                "ai.usage.totalTokens": 520,
                "ai.usage.cachedInputTokens": 0,
            },
            {"input": 200, "output": 320, "reasoning": 300},
            id="version 5 of Gemini counts thoughts beside the output, the total shows it",
        ),
        pytest.param(
            {
                **OPENAI,
                "ai.usage.inputTokens": 200,
                "ai.usage.outputTokens": 320,
                "ai.usage.reasoningTokens": 300,
                "ai.usage.totalTokens": 520,
                "ai.usage.cachedInputTokens": 0,
            },
            {"input": 200, "output": 320, "reasoning": 300},
            id="OpenAI's output includes reasoning",
        ),
    ],
)
def test_the_usage_of_a_step_is_inclusive_in_every_version(
    attributes: dict[str, Any], expected: dict[str, int]
) -> None:
    reading = read(attributes, "ai.generateText.doGenerate", "ai")
    assert (reading.convention, reading.kind, reading.covers, reading.doubt) == ("vercel_ai", "inference", "call", None)
    assert usage(reading) == expected


@pytest.mark.parametrize(
    ("attributes", "doubt"),
    [
        ({**OPENAI, "ai.usage.promptTokens": 1500, "ai.usage.completionTokens": 20}, Reason.CACHE_TOKENS_NOT_REPORTED),
        ({**OPENAI, "ai.usage.promptTokens": 100, "ai.usage.completionTokens": 20}, None),  # too short to be cached
        ({**ANTHROPIC, "ai.usage.promptTokens": 100, "ai.usage.completionTokens": 20}, Reason.INPUT_INCOMPLETE),
    ],
)
def test_a_step_that_says_nothing_of_the_cache_is_doubted(attributes: dict[str, Any], doubt: str | None) -> None:
    assert read(attributes).doubt == doubt


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ai.generateText", "agent"),
        ("ai.streamText", "agent"),
        ("ai.generateObject", "workflow"),
        ("ai.embedMany", "workflow"),
        ("ai.streamText.doStream", "inference"),
        ("ai.generateObject.doGenerate", "inference"),
        ("ai.embedMany.doEmbed", "embeddings"),
        ("ai.toolCall", "tool"),
    ],
)
def test_only_the_inner_spans_are_calls(operation: str, kind: str) -> None:
    reading = read({"ai.operationId": operation, "ai.usage.promptTokens": 10, "ai.usage.completionTokens": 2})
    assert (reading.kind, reading.covers) == (kind, "call" if kind in ("inference", "embeddings") else "sum")


def test_a_run_that_fails_before_its_first_call_is_no_agent_that_hides_one() -> None:
    assert read({"ai.operationId": "ai.generateText"}, is_error=True).kind == "workflow"


def test_an_embedding_has_its_tokens_under_a_name_of_its_own() -> None:
    reading = read(
        {"ai.operationId": "ai.embed.doEmbed", "ai.usage.tokens": 7, "ai.model.id": "text-embedding-3-small"}
    )
    assert (usage(reading), reading.doubt) == ({"input": 7}, None)


def test_identity_and_the_tool_are_read() -> None:
    reading = read(
        {
            "ai.operationId": "ai.toolCall",
            "ai.toolCall.name": "weather",
            "ai.toolCall.id": "call_1",
            "ai.toolCall.args": '{"city":"Paris"}',
            "ai.telemetry.functionId": "trip",
            "ai.telemetry.metadata.userId": "u-1",
            "ai.telemetry.metadata.sessionId": "s-1",
        }
    )
    assert (reading.tool, reading.tool_call_id, reading.tool_arguments) == ("weather", "call_1", '{"city":"Paris"}')
    assert (reading.feature, reading.user, reading.session) == ("trip", "u-1", "s-1")


@pytest.mark.parametrize(
    ("metadata", "nano_usd"),
    [
        ({"gateway": {"cost": "0.0045"}}, 4_500_000),
        ({"gateway": {"cost": "0"}}, None),  # the user's own key: the provider bills
        ({"openrouter": {"usage": {"cost": 0.002}}}, 2_000_000),
        ({"openai": {}}, None),
    ],
)
def test_what_a_gateway_charges_is_taken(metadata: dict[str, Any], nano_usd: int | None) -> None:
    assert read({**OPENAI, **_metadata(**metadata)}).reported_cost_nano_usd == nano_usd
