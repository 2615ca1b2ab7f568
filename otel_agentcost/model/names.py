"""The only place where an emitted attribute, metric or event name is spelled (docs/names.md)."""

from __future__ import annotations

# The draft cost convention of OpenTelemetry's GenAI semantic conventions (semantic-conventions-genai PR 443).
COST_AMOUNT = "gen_ai.usage.cost.amount"
COST_CURRENCY = "gen_ai.usage.cost.currency"
COST_SOURCE = "gen_ai.usage.cost.source"
CURRENCY_USD = "USD"

PRICING_STATUS = "agentcost.pricing.status"
PRICING_REASON = "agentcost.pricing.reason"

SUBTREE_COST = "agentcost.subtree.cost"
SUBTREE_CALLS = "agentcost.subtree.calls"
SUBTREE_UNPRICED_CALLS = "agentcost.subtree.calls.unpriced"
"""Only on a span with unpriced calls below it: a total is never shown without them (invariant 4)."""

# Opt-in detail.
COST_INPUT = "agentcost.cost.input"
COST_CACHE_READ = "agentcost.cost.cache_read"
COST_CACHE_WRITE = "agentcost.cost.cache_write"
COST_OUTPUT = "agentcost.cost.output"
COST_REASONING = "agentcost.cost.reasoning"
COST_TOOL = "agentcost.cost.tool"
PRICE_ID = "agentcost.price.id"

# The older spellings that a switch writes too.
LEGACY_OPERATION_COST = "operation.cost"
LEGACY_LLM_COST_TOTAL = "llm.cost.total"

# Identity: standard where there is a standard.
USER = "user.id"
SESSION = "session.id"
CONVERSATION = "gen_ai.conversation.id"
TEAM = "agentcost.team"
ORGANIZATION = "agentcost.organization"
FEATURE = "agentcost.feature"
ENVIRONMENT = "deployment.environment.name"

# Metrics. docs/metrics.md tells their units and labels; engine/measurements/catalogue.py declares them.
METRIC_OPERATION_COST = "gen_ai.client.operation.cost"
METRIC_COST = "agentcost.cost"
METRIC_CALLS = "agentcost.calls"
METRIC_CALLS_UNPRICED = "agentcost.calls.unpriced"
METRIC_CALLS_ESTIMATED = "agentcost.calls.estimated"
METRIC_TOKENS = "agentcost.tokens"
METRIC_TOKENS_CACHE_READ = "agentcost.tokens.cache_read"
METRIC_TOKENS_CACHE_WRITE = "agentcost.tokens.cache_write"
METRIC_TOKENS_REASONING = "agentcost.tokens.reasoning"
METRIC_DUPLICATES = "agentcost.duplicates"
METRIC_ERRORS = "agentcost.errors"
METRIC_CORRECTIONS = "agentcost.corrections"
METRIC_EXECUTION_COST = "agentcost.execution.cost"
METRIC_EXECUTION_CALLS = "agentcost.execution.calls"
METRIC_SPEND_RATE = "agentcost.spend.rate"
METRIC_LABELS_OVERFLOW = "agentcost.labels.overflow"
METRIC_EXECUTIONS_EVICTED = "agentcost.executions.evicted"
METRIC_SPANS_LATE = "agentcost.spans.late"
METRIC_STORE_RETRIES = "agentcost.store.retries"
METRIC_STORE_REFUSED = "agentcost.store.refused"
METRIC_STORE_PENDING = "agentcost.store.pending"
METRIC_BAGGAGE_IGNORED = "agentcost.baggage.ignored"
METRIC_INTERNAL_ERRORS = "agentcost.internal_errors"

# Labels of metrics and attributes of events, beside those above.
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
OPERATION = "gen_ai.operation.name"
AGENT = "gen_ai.agent.name"
WORKFLOW = "gen_ai.workflow.name"
TOOL = "gen_ai.tool.name"
TOKEN_TYPE = "gen_ai.token.type"  # noqa: S105 - of a language model, not a secret
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
OVERFLOW = "otel.metric.overflow"
CORRECTION = "agentcost.correction"
METRIC = "agentcost.metric"
STATE = "agentcost.execution.state"

# Events, and what only they carry. `agentcost.execution.cost` and `.calls` are attributes of an event too.
EVENT_EXECUTION_COMPLETED = "agentcost.execution.completed"
EVENT_NAME = "event.name"
"""Where the name of an event stands on SDKs whose log records have no field for it."""
EXECUTION_ID = "agentcost.execution.id"
EXECUTION_COST_NANO_USD = "agentcost.execution.cost_nano_usd"
EXECUTION_UNPRICED = "agentcost.execution.calls.unpriced"
EXECUTION_ESTIMATED = "agentcost.execution.calls.estimated"
EXECUTION_DUPLICATES = "agentcost.execution.duplicates"
EXECUTION_TOOL_CALLS = "agentcost.execution.tool_calls"
EXECUTION_TOOL_COST = "agentcost.execution.tool_cost"
EXECUTION_DURATION = "agentcost.execution.duration"
EXECUTION_ROOT_NAME = "agentcost.execution.root_name"
EXECUTION_AGENTS = "agentcost.execution.agents"
EXECUTION_MODELS = "agentcost.execution.models"
