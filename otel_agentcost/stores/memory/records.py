"""Executions as bytes in memory: slim, and nothing that the garbage collector must walk through.

A record is what the latest commit says of the execution (its head), and behind it what each commit has added (parts). A
commit writes the head anew and appends one part, so that it costs the same however much came before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import msgspec
from msgspec.structs import astuple

from otel_agentcost.model.books import Change, Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.usage import Usage
from otel_agentcost.stores.memory.names import Names

_LENGTH = 4
"""Bytes before the head and before each part that tell its length."""
_MAX_NAMES = 65_536
_MAX_KINDS_OF_CALLS = 16_384
_NEVER = 2**64 - 1


class Head(NamedTuple):
    """What a record says of the execution as a whole.

    `first_call` and `last_call` bound the starts of all calls that it has, or ever had. Texts that repeat are numbers
    of `Records.names`. A map with one name that has the whole cost is that name.
    """

    version: int
    is_settled: bool
    parts: int
    seen_unix_nano: int
    first_call_unix_nano: int
    last_call_unix_nano: int
    cost_nano_usd: int
    calls: int
    unpriced_calls: int
    estimated_calls: int
    duplicates: int
    tool_calls: int
    agents: Any
    models: Any
    user: str | None
    team: Any
    root_name: Any
    complete: bool
    start_unix_nano: int
    end_unix_nano: int
    organization: Any
    feature: Any
    environment: Any
    session: str | None
    conversation: str | None
    state: Any
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    tool_cost_nano_usd: int
    tools: Any
    providers: Any
    features: Any
    root_span_id: int

    def has_calls_in(self, since_unix_nano: int, until_unix_nano: int) -> bool:
        """Return whether some of its calls may have started in that time."""
        return self.first_call_unix_nano < until_unix_nano and self.last_call_unix_nano >= since_unix_nano


class Part(NamedTuple):
    """What one commit adds to a record, and the starts of its first and last call."""

    packed: bytes
    first_call_unix_nano: int
    last_call_unix_nano: int


class Records:
    """Packs executions into records and reads them. Thread-safe."""

    def __init__(self) -> None:
        self.names: Names[str | None] = Names(_MAX_NAMES)
        self._kinds: Names[tuple[str | None, ...]] = Names(_MAX_KINDS_OF_CALLS)
        """What calls have in common but for agent and tool: status, model, provider and so on."""
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder().decode
        self._decode_head = msgspec.msgpack.Decoder(Head).decode

    def begin_again(self) -> None:
        """Make new locks, in the child of a fork."""
        self.names.begin_again()
        self._kinds.begin_again()

    def part(self, change: Change) -> Part:
        """Return the part that a change adds."""
        return self._part((change.segment,) if change.segment else (), change.withdrawn, change.calls)

    def following(self, known: bytes | None, change: Change, part: Part) -> bytes | None:
        """Return the record that a change makes of the known one (None where the execution is new).

        None where it was not made for this version of it, or where the record is closed.
        """
        if known is None:
            if change.base_version:
                return None
            return self._head(change, part.first_call_unix_nano, part.last_call_unix_nano, 1) + part.packed
        head, behind = self._split(known)
        if head.version != change.base_version or not head.parts:
            return None
        first = min(part.first_call_unix_nano, head.first_call_unix_nano)
        last = max(part.last_call_unix_nano, head.last_call_unix_nano)
        return self._head(change, first, last, head.parts + 1) + known[behind:] + part.packed

    def compacted(self, execution_id: int, record: bytes) -> bytes:
        """Return the same record in one part."""
        head, _ = self._split(record)
        if head.parts == 1:
            return record
        segments, calls = self._contents(execution_id, record)
        return self._framed(head._replace(parts=1)) + self._part(segments, (), tuple(calls.values())).packed

    def closed(self, record: bytes) -> bytes:
        """Return what is left of a record without its parts: it takes no more."""
        return self._framed(self.head(record)._replace(parts=0))

    def head(self, record: bytes) -> Head:
        return self._split(record)[0]

    def stored(self, execution_id: int, record: bytes) -> Stored:
        """Return the execution as it was committed."""
        head = self.head(record)
        segments, calls = self._contents(execution_id, record)
        summary = self.summary(execution_id, head)
        return Stored(
            execution_id, head.version, head.is_settled, segments, tuple(calls.values()), summary, not head.parts
        )  # fmt: skip

    def calls(self, execution_id: int, record: bytes) -> list[Call]:
        return list(self._contents(execution_id, record)[1].values())

    def summary(self, execution_id: int, head: Head) -> ExecutionSummary:
        """Return what an execution comes to."""
        name, amounts, cost = self.names.value_of, self._amounts, head.cost_nano_usd
        return ExecutionSummary(
            execution_id, cost, head.calls, head.unpriced_calls, head.estimated_calls, head.duplicates, head.tool_calls,
            amounts(head.agents, cost), amounts(head.models, cost), head.user, name(head.team), name(head.root_name),
            head.complete, head.start_unix_nano, head.end_unix_nano, (), name(head.organization), name(head.feature),
            name(head.environment), head.session, head.conversation, name(head.state), head.input_tokens,
            head.cache_read_tokens, head.cache_write_tokens, head.output_tokens, head.reasoning_tokens,
            head.tool_cost_nano_usd, amounts(head.tools, cost), amounts(head.providers, cost),
            amounts(head.features, cost), head.root_span_id,
        )  # fmt: skip

    def _amounts(self, packed: Any, cost_nano_usd: int) -> dict[str, int]:
        if isinstance(packed, dict):
            name = self.names.value_of
            return {name(each): amount for each, amount in cast("dict[Any, int]", packed).items()}
        return {self.names.value_of(packed): cost_nano_usd}

    def _packed_amounts(self, amounts: Mapping[str, int], cost_nano_usd: int) -> Any:
        names = self.names
        if len(amounts) == 1:
            for name, amount in amounts.items():
                return names[name] if amount == cost_nano_usd else {names[name]: amount}
        return {names[name]: amount for name, amount in amounts.items()}

    def _head(self, change: Change, first: int, last: int, parts: int) -> bytes:
        (
            _, cost, calls, unpriced, estimated, duplicates, tool_calls, agents, models, user, team, root_name,
            complete, start, end, _, organization, feature, environment, session, conversation, state,
            input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, tool_cost,
            tools, providers, features, root_span_id,
        ) = change.summary  # fmt: skip
        names, amounts = self.names, self._packed_amounts
        return self._framed(
            (
                change.base_version + 1, change.is_settled, parts, change.seen_unix_nano, first, last,
                cost, calls, unpriced, estimated, duplicates, tool_calls,
                amounts(agents, cost), amounts(models, cost), user, names[team], names[root_name],
                complete, start, end, names[organization], names[feature], names[environment],
                session, conversation, names[state],
                input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, tool_cost,
                amounts(tools, cost), amounts(providers, cost), amounts(features, cost), root_span_id,
            )
        )  # fmt: skip

    def _part(self, segments: tuple[bytes, ...], withdrawn: tuple[int, ...], calls: tuple[Call, ...]) -> Part:
        first, last = _NEVER, 0
        people: dict[Identity, int] = {}
        identity_then: Identity | None = None
        person = 0
        names, kinds = self.names, self._kinds
        rows: list[tuple[Any, ...]] = []
        for (
            _, span_id, parent, status, reason, provider, model, request_model, operation, usage, cost, agent, tool,
            response_id, start, end, convention, price_id, identity, kind, payer, source,
        ) in map(astuple, calls):  # fmt: skip
            if identity is not identity_then:
                identity_then, person = identity, people.setdefault(identity, len(people))
            if start < first:  # noqa: PLR1730 - a third of the time that min() takes
                first = start
            if start > last:  # noqa: PLR1730
                last = start
            rows.append(
                (
                    span_id, parent, payer, person, start, end - start, cost, response_id, usage, names[agent],
                    names[tool], kinds[status, reason, provider, model, request_model, operation, convention, price_id,
                    kind, source],
                )
            )  # fmt: skip
        return Part(self._framed((segments, withdrawn, [*people], rows)), first, last)

    def _contents(self, execution_id: int, record: bytes) -> tuple[tuple[bytes, ...], dict[int, Call]]:
        """Return the segments of a record in order, and its calls by span id."""
        name, kind_of = self.names.value_of, self._kinds.value_of
        segments: list[bytes] = []
        calls: dict[int, Call] = {}
        for added, withdrawn, people, rows in self._parts(record):
            segments.extend(added)
            for span_id in withdrawn:
                calls.pop(span_id, None)
            identities = [self._identity(person) for person in people]
            for span_id, parent, payer, person, start, length, cost, response_id, usage, agent, tool, common in rows:
                (
                    status, reason, provider, model, request_model, operation, convention, price_id, kind, source,
                ) = kind_of(common)  # fmt: skip
                calls[span_id] = Call(
                    execution_id, span_id, parent, status, reason, provider, model, request_model, operation,
                    Usage(*usage), cost, name(agent), name(tool), response_id, start, start + length, convention,
                    price_id, identities[cast("int", person)], kind, payer, source,
                )  # fmt: skip
        return tuple(segments), calls

    def _identity(self, person: list[str | None]) -> Identity:
        identity = Identity(*person)
        return NOBODY if identity == NOBODY else identity

    def _parts(self, record: bytes) -> Iterator[Any]:
        at = _LENGTH + int.from_bytes(record[:_LENGTH], "little")
        while at < len(record):
            end = at + _LENGTH + int.from_bytes(record[at : at + _LENGTH], "little")
            yield self._decode(record[at + _LENGTH : end])
            at = end

    def _split(self, record: bytes) -> tuple[Head, int]:
        """Return a record's head, and where its parts start."""
        behind = _LENGTH + int.from_bytes(record[:_LENGTH], "little")
        return self._decode_head(record[_LENGTH:behind]), behind

    def _framed(self, content: tuple[Any, ...]) -> bytes:
        packed = self._encode(content)
        return len(packed).to_bytes(_LENGTH, "little") + packed
