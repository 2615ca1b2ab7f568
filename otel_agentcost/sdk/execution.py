"""`execution(...)`: one span around a run, and the identity on whose behalf it runs, for all that happens in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from otel_agentcost.model.identity import NOBODY
from otel_agentcost.sdk.decorating import decorated
from otel_agentcost.sdk.opening import Asked, Opened, begin
from otel_agentcost.sdk.own_identity import identity_of
from otel_agentcost.sdk.run import Run, errors
from otel_agentcost.sdk.scopes import innermost

if TYPE_CHECKING:
    from uuid import UUID

    from opentelemetry.trace import TracerProvider
    from opentelemetry.util.types import AttributeValue

    Id: TypeAlias = str | int | UUID | None

F = TypeVar("F", bound=Callable[..., Any])


def execution(
    name: str | None = None,
    *,
    user: Id = None,
    team: Id = None,
    organization: Id = None,
    feature: Id = None,
    environment: Id = None,
    session: Id = None,
    conversation: Id = None,
    agent: str | None = None,
    budget_usd: None = None,
    attributes: Mapping[str, AttributeValue] | None = None,
    new_trace: bool = False,
    tracer_provider: TracerProvider | None = None,
) -> Execution:
    """Open one execution: a context manager (`with`, `async with`) that gives a `Run`, and a decorator of functions.

    It opens one span, sees to it that every call in the block carries the identity, and sends the identity to the
    services that are called. The trace id is the execution's id: within a trace that is under way, such as a web
    request's, the execution is that trace and goes on in it.

    Args:
        name: of the workflow; the span's is `invoke_workflow` and this. Few different ones: what differs from run to
            run is an attribute. A decorated function's own name where absent.
        user, team, organization, feature, environment, session, conversation: on whose behalf it runs. None says
            nothing: then what an outer execution, the baggage, the resource or the configuration says holds.
        agent: whose calls these are, where no span of an agent stands closer to them.
        budget_usd: not in this version.
        attributes: more attributes of the span.
        new_trace: begin a trace, and so an execution, of its own, linked to the one under way: for jobs that run one
            after the other below a common span.
        tracer_provider: the global one where absent.

    Raises:
        NotImplementedError: a budget is given. Nothing else: what fails inside is counted and logged.
    """
    if budget_usd is not None:
        raise NotImplementedError(
            f"execution(budget_usd={budget_usd!r}): this version enforces no budgets, and one that nobody enforces "
            "must not look enforced; leave budget_usd away"
        )
    identity = NOBODY
    try:
        identity = identity_of(
            user=user, team=team, organization=organization, feature=feature, environment=environment,
            session=session, conversation=conversation,
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001 - see guard.py
        try:
            errors.record("execution", error)
        except Exception:  # noqa: BLE001
            pass
    more: Mapping[str, Any] = attributes if isinstance(attributes, Mapping) else {}
    return Execution(Asked(name, identity, agent, more, new_trace, tracer_provider))


class Execution:
    """Begins a run each time it is entered, also in several threads and tasks at once. `execution()` makes it."""

    __slots__ = ("_asked", "_opened")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._opened: list[Opened] = []

    def __enter__(self) -> Run:
        opened = begin(self._asked)
        self._opened.append(opened)
        opened.enter()
        return opened.run

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._opened:
            self._taken().end(raised)

    async def __aenter__(self) -> Run:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None
    ) -> None:
        self.__exit__(kind, raised, where)

    def _taken(self) -> Opened:
        """Return the run that is left here: of several, the one that the current context is in."""
        opened = self._opened
        if len(opened) > 1:
            here = innermost([each.scope for each in opened if each.scope is not None])
            for each in reversed(opened):
                if each.scope is here:
                    opened.remove(each)
                    return each
        return opened.pop()

    def __call__(self, function: F) -> F:
        """Run each call of a function, coroutine function or (async) generator function as an execution of its own."""
        asked = self._asked
        if asked.name is None:
            asked = asked._replace(name=getattr(function, "__name__", None))
        return decorated(function, asked)
