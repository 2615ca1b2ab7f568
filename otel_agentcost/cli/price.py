"""`agentcost price`: what a usage costs, and why."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from otel_agentcost.cli.exit_codes import OK, PROBLEMS
from otel_agentcost.cli.subparsers import Subparsers
from otel_agentcost.model.usage import MAX_TOKENS, Usage

if TYPE_CHECKING:
    from otel_agentcost.pricing.explain import Explanation
    from otel_agentcost.pricing.table import PriceTable

_EPILOG = """\
MODEL and PROVIDER are read as spans spell them: gpt-4o-mini-2024-07-18, anthropic/claude-sonnet-4-5,
us.anthropic.claude-sonnet-4-5-20250929-v1:0, models/gemini-2.5-flash, an Azure deployment; azure.ai.openai, gcp.gemini.
Totals include their parts: --input counts cached, written, audio and image tokens too, --output counts reasoning too.

examples:
  agentcost price gpt-4o --input 1200 --output 300
  agentcost price claude-sonnet-4-5 --input 250000 --cache-read 200000 --output 900      the long context price
  agentcost price gpt-5.5 --input 1M --output 20k --tier batch --at 2026-11-01
  agentcost price anthropic.claude-sonnet-4-5-20250929-v1:0 --provider aws --region global --input 1000
  agentcost price prod-chat-eu --response-model gpt-4o-2024-08-06 --host acme.openai.azure.com --input 1000
  agentcost price deepseek-chat --at 2025-08-01T17:30 --input 1M --format json | jq .cost_nano_usd

exit code: 0 priced or free; 1 no price, with the reason and the nearest names; 2 wrong arguments or configuration.
"""

_COUNTS = {
    "input": ("input_tokens", "input tokens, all of them"),
    "output": ("output_tokens", "output tokens, all of them"),
    "cache-read": ("cache_read_tokens", "input tokens read from a cache"),
    "cache-write-5m": ("cache_write_5m_tokens", "input tokens written to a cache for 5 minutes"),
    "cache-write-1h": ("cache_write_1h_tokens", "input tokens written to a cache for 1 hour"),
    "reasoning": ("reasoning_tokens", "output tokens spent on reasoning"),
    "input-audio": ("input_audio_tokens", "audio tokens in the input"),
    "input-image": ("input_image_tokens", "image tokens in the input"),
    "cache-read-audio": ("cache_read_audio_tokens", "audio tokens among those read from a cache"),
    "output-audio": ("output_audio_tokens", "audio tokens in the output"),
    "output-image": ("output_image_tokens", "image tokens in the output"),
    "web-searches": ("web_searches", "searches that the provider ran and bills by the piece"),
}
_SUFFIXES = {"k": 1_000, "m": 1_000_000}


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "price",
        help="what a usage costs, and why",
        description="Prices one call and explains the figure: which provider, row, date, tier and rates.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="the model as requested")
    parser.add_argument(
        "--provider", metavar="NAME", help="as a span spells it; else the host or the model's name tells"
    )
    parser.add_argument("--host", metavar="HOST", help="where the call went, such as acme.openai.azure.com")
    parser.add_argument("--response-model", metavar="NAME", help="the model that answered, where it is another")
    parser.add_argument("--tier", metavar="TIER", help="batch, flex, priority, fast, or as the provider spells it")
    parser.add_argument("--region", metavar="GEO", help="a Bedrock geography: us, eu, apac, global")
    parser.add_argument(
        "--at",
        metavar="DATE",
        type=_instant,
        help="when the call began, such as 2026-03-01 or 2026-03-01T17:30 (UTC); else now",
    )
    counts = parser.add_argument_group("usage", "whole numbers, also written 250k or 1.5M")
    for option, (field, text) in _COUNTS.items():
        counts.add_argument(f"--{option}", dest=field, metavar="N", type=_count, default=0, help=text)
    parser.add_argument("--format", choices=("table", "json"), default="table", help="table (default) or json")
    parser.add_argument("--config", metavar="FILE", help="else AGENTCOST_CONFIG or agentcost.yaml, where there is one")
    return parser


def run(args: argparse.Namespace) -> int:
    """Price one usage and print why it costs that."""
    table = _table(args.config)
    usage = Usage(**{field: getattr(args, field) for field, _ in _COUNTS.values()})
    at_unix_nano = time.time_ns() if args.at is None else args.at
    explanation = table.explain(
        args.provider, args.response_model, args.model, args.host, usage, at_unix_nano, args.tier, args.region
    )
    if args.format == "json":
        json.dump(explanation.as_dict(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        _print(explanation, at_unix_nano)
    return PROBLEMS if explanation.quote.status == "unpriced" else OK


def _table(config_path: str | None) -> PriceTable:
    from otel_agentcost.config.errors import ConfigError  # noqa: PLC0415 - only when a price is wanted
    from otel_agentcost.config.load import load_config  # noqa: PLC0415
    from otel_agentcost.pricing.load import load_price_table  # noqa: PLC0415

    config = load_config(config_path)
    try:
        return load_price_table(config.prices)
    except ValueError as error:  # by its contract: a setting, or a file that it names, cannot be used
        raise ConfigError(f"{config.source or 'configuration'}: {error}") from error


def _print(explanation: Explanation, at_unix_nano: int) -> None:
    from otel_agentcost.cli.price_table import print_explanation  # noqa: PLC0415 - rich is for people only

    print_explanation(explanation, at_unix_nano)


def _count(text: str) -> int:
    """Read a count of tokens such as 1200, 1_200, 250k or 1.5M."""
    plain = text.strip().lower().replace("_", "").replace(",", "")
    factor = _SUFFIXES.get(plain[-1:], 1)
    try:
        value = float(plain[:-1]) * factor if factor != 1 else int(plain)
    except ValueError:
        value = -1
    if value < 0 or value != int(value) or value > MAX_TOKENS:
        raise argparse.ArgumentTypeError(f"{text!r} is no count: a whole number from 0 to {MAX_TOKENS}, 250k or 1.5M")
    return int(value)


def _instant(text: str) -> int:
    """Read a date or a time, UTC where it names no zone, as Unix nanoseconds."""
    try:
        if len(text) == 10:
            moment = datetime.combine(date.fromisoformat(text), datetime.min.time(), timezone.utc)
        else:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write 2026-03-01 or 2026-03-01T17:30") from None
    return round(moment.timestamp() * 10**6) * 1000
