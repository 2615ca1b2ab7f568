"""Enter and leave contexts in any order, from any thread or task.

OpenTelemetry's own `detach` wants the order of a stack and the context that it was attached in. Generators, streams and
tasks hold to neither: leaving late would bring back a context that is over, and later work would join an execution that
has ended. So a scope knows what it lies in, and whoever leaves goes out to the first that is not over.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, attach, create_key, get_current, set_value

_SCOPE_KEY = create_key("agentcost-execution")


class Scope:
    """A stretch of work with a context of its own, and the context around it."""

    __slots__ = ("inside", "is_over", "outside", "span")

    def __init__(self, outside: Context, inside: Context, span: trace.Span) -> None:
        self.outside = outside
        self.span = span
        self.is_over = False
        self.inside = set_value(_SCOPE_KEY, self, inside)

    def enter(self) -> None:
        """Make the scope's context the current one."""
        attach(self.inside)

    def leave(self) -> None:
        """End the scope, and go out of it and of all ended ones around it where the current context is theirs."""
        self.is_over = True
        context = current = get_current()
        while (scope := _scope_of(context)) is not None and scope.is_over and context is scope.inside:
            context = scope.outside
        if context is not current:
            attach(context)


def surroundings() -> tuple[Context, trace.Span | None]:
    """Return the context in which something new begins, and the span of an ended scope that leaked into the current.

    What a stream or a task carried out of a scope that is over is not where the next execution belongs.
    """
    context, leaked = get_current(), None
    while (scope := _scope_of(context)) is not None and scope.is_over:
        if trace.get_current_span(context) is not scope.span:
            break  # a span of the application's own stands in between, and is its business
        context, leaked = scope.outside, leaked or scope.span
    return context, leaked


def innermost(scopes: Collection[Scope]) -> Scope | None:
    """Return that of the scopes which is the nearest around the current context; None where none is."""
    scope = _scope_of(get_current())
    while scope is not None and scope not in scopes:
        scope = _scope_of(scope.outside)
    return scope


def _scope_of(context: Context) -> Scope | None:
    scope: Any = context.get(_SCOPE_KEY)
    return scope
