"""What one price costs to find out: our table against the libraries that agents' tools call."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.load import load_price_table

from .harness import Contender, Table, interleave, loop
from .spans import MODELS

OURS = "otel_agentcost `PriceTable.quote`"
GENAI_PRICES = "genai-prices `calc_price`"
LITELLM = "litellm `cost_per_token`"
INPUT_TOKENS, CACHED_TOKENS, OUTPUT_TOKENS = 1_500, 256, 120
AT_UNIX_NANO = 1_760_000_000_000_000_000


def ours() -> Callable[[], object]:
    table = load_price_table()
    usage = Usage(INPUT_TOKENS, OUTPUT_TOKENS, CACHED_TOKENS)
    model = itertools.cycle(MODELS).__next__

    def work() -> object:
        name = model()
        return table.quote("openai", name, name, "api.openai.com", usage, AT_UNIX_NANO)

    return work


def genai_prices() -> Callable[[], object]:
    import genai_prices as library

    usage = library.Usage(input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS, cache_read_tokens=CACHED_TOKENS)
    when = datetime.fromtimestamp(AT_UNIX_NANO / 1e9, timezone.utc)
    model = itertools.cycle(MODELS).__next__
    return lambda: library.calc_price(usage, model(), provider_id="openai", genai_request_timestamp=when)


def litellm() -> Callable[[], object]:
    library: Any = importlib.import_module("litellm")
    model = itertools.cycle(MODELS).__next__
    return lambda: library.cost_per_token(
        model=model(), prompt_tokens=INPUT_TOKENS, completion_tokens=OUTPUT_TOKENS,
        cache_read_input_tokens=CACHED_TOKENS, custom_llm_provider="openai",
    )  # fmt: skip


def measure(rounds: int = 9, times: int = 2_000) -> Table:
    """Time one price by each library that is installed."""
    contenders = [Contender(OURS, loop(ours(), times * 20))]
    notes: list[str] = []
    for name, module, make in ((GENAI_PRICES, "genai_prices", genai_prices), (LITELLM, "litellm", litellm)):
        if importlib.util.find_spec(module) is None:
            notes.append(f"{name} is not installed here.")
        else:
            contenders.append(Contender(name, loop(make(), times)))
    return Table("One price", "µs a price", 1e6, interleave(contenders, rounds), OURS, notes)
