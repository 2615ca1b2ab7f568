"""The tables, in the SQL that SQLite and PostgreSQL share. docs/stores.md tells what each column means.

No foreign keys, sequences or triggers, and a transaction touches rows by their full keys only, so that databases which
spread a table over machines can keep it too.

- A trace id is 16 bytes as it comes: half of its hexadecimal text, in the same order, and a prefix is a range.
- A span id is a signed 64-bit integer, the two's complement of the id: it takes no length beside its eight bytes, a
  parent that is not there takes none, and every database compares and indexes it natively.
- A text that is not known is empty, never NULL: as in the keys of dimensions, and no query needs a case for it.
- `born_unix_nano` is the start of an execution as it was when first stored, and never changes. It stands before the
  random trace id in the keys of calls and segments, so that what is written at one time lies side by side in the index:
  keyed by trace id alone, each execution dirties pages of its own, which at 400,000 calls made a commit to SQLite four
  times as slow.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, SmallInteger, Table, Text

SCHEMA_VERSION = 1

metadata = MetaData()


def _id(name: str, *, is_key: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary(16), primary_key=is_key, nullable=False)


def _integer(name: str, *, is_key: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=is_key, nullable=False, autoincrement=False)


def _flag(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False)


def _text(name: str, *, is_key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=is_key, nullable=False)


def _integers(names: str) -> list[Column[Any]]:
    return [_integer(name) for name in names.split()]


def _texts(names: str) -> list[Column[Any]]:
    return [_text(name) for name in names.split()]


meta = Table("meta", metadata, _text("key", is_key=True), _text("value"), sqlite_with_rowid=False)

executions = Table(
    "executions",
    metadata,
    _id("execution_id", is_key=True),
    _integer("version"),
    _flag("is_settled"),
    _flag("closed"),
    *_integers("born_unix_nano last_unix_nano seen_unix_nano"),
    *_integers("cost_nano_usd calls unpriced_calls estimated_calls duplicates tool_calls"),
    *_texts("agents models user_id team root_name"),
    _flag("complete"),
    *_integers("start_unix_nano end_unix_nano"),
    *_texts("organization feature environment session conversation state"),
    *_integers("input_tokens cache_read_tokens cache_write_tokens output_tokens reasoning_tokens tool_cost_nano_usd"),
    *_texts("tools providers features"),
    _integer("root_span_id"),
)
executions_start = Index("executions_start", executions.c.start_unix_nano)
executions_open = Index(
    "executions_open",
    executions.c.seen_unix_nano,
    sqlite_where=executions.c.is_settled == 0,
    postgresql_where=executions.c.is_settled == 0,
)
executions_age = Index("executions_age", executions.c.closed, executions.c.last_unix_nano)
"""For retention, which asks for what ended long ago and still has something to drop."""

OPEN, CLOSING, CLOSED = 0, 1, 2
"""`closed`: retention has left it alone; is dropping its calls, so that it takes no more; has dropped them all."""

segments = Table(
    "segments",
    metadata,
    _integer("born_unix_nano", is_key=True),
    _id("execution_id", is_key=True),
    _integer("version", is_key=True),
    Column("body", LargeBinary, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    _integer("born_unix_nano", is_key=True),
    _id("trace_id", is_key=True),
    _integer("span_id", is_key=True),
    _integer("parent_span_id"),
    *_texts("status reason provider model request_model operation"),
    *_integers("input_tokens output_tokens cache_read_tokens cache_write_5m_tokens cache_write_1h_tokens"),
    *_integers("reasoning_tokens input_audio_tokens input_image_tokens cache_read_audio_tokens"),
    *_integers("output_audio_tokens output_image_tokens web_searches"),
    _integer("cost_nano_usd"),
    *_texts("agent tool response_id"),
    *_integers("start_unix_nano end_unix_nano"),
    *_texts("convention price_id"),
    *_texts("user_id team organization feature environment session conversation"),
    _text("kind"),
    _integer("payer_span_id"),
    _text("cost_source"),
)
calls_start = Index("calls_start", calls.c.start_unix_nano)

days = Table(
    "days",
    metadata,
    _integer("day", is_key=True),
    _text("dimension", is_key=True),
    _text("key", is_key=True),
    *_integers("cost_nano_usd calls unpriced_calls estimated_calls"),
    *_integers("input_tokens cache_read_tokens cache_write_tokens output_tokens reasoning_tokens"),
    *_integers("tool_calls tool_cost_nano_usd executions"),
    sqlite_with_rowid=False,
)

ties = Table(
    "ties",
    metadata,
    _integer("slot", is_key=True),
    _integer("key", is_key=True),
    _id("execution_id", is_key=True),
    _integer("start_unix_nano", is_key=True),
    _integer("end_unix_nano"),
    sqlite_with_rowid=False,
)
"""What calls have in common with spans of the same call in other traces. `slot`: see `ties.py`."""

TIME_ZONE, VERSION, HORIZON, DAYS_HORIZON = "time_zone", "schema_version", "horizon_unix_nano", "days_horizon"
"""The keys of `meta`."""
