"""The only place where an emitted attribute, metric or event name is spelled (DESIGN section 5)."""

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
