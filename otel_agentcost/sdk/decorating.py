"""Run each call of a function as an execution of its own, also where it is a coroutine or a generator.

A generator lends its context to whoever consumes it, since Python gives it none of its own. So here the execution's
context is current only while the generator itself runs, and what it did to that context waits until its next step.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, TypeVar, cast

from opentelemetry.context import Context, attach, get_current

from otel_agentcost.sdk.opening import Asked, Opened, begin

F = TypeVar("F", bound=Callable[..., Any])


def decorated(function: F, asked: Asked) -> F:
    """Return the function with an execution around each of its calls."""
    if inspect.isasyncgenfunction(function):
        wrapper: Callable[..., Any] = _async_generator(function, asked)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, asked)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, asked)
    else:
        wrapper = _plain(function, asked)
    return cast("F", functools.wraps(function)(wrapper))


def _plain(function: Callable[..., Any], asked: Asked) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with begin(asked) as opened:
            opened.enter()
            return function(*args, **kwargs)

    return call


def _coroutine(function: Callable[..., Any], asked: Asked) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with begin(asked) as opened:
            opened.enter()
            return await function(*args, **kwargs)

    return call


class _Stepwise:
    """Makes the context of an execution current for one step of a generator at a time."""

    __slots__ = ("_inside", "_outside")

    def __init__(self, opened: Opened) -> None:
        self._inside: Context | None = None if opened.scope is None else opened.scope.inside
        self._outside: Context | None = None

    def __enter__(self) -> None:
        if self._inside is not None:
            self._outside = get_current()
            attach(self._inside)

    def __exit__(self, *_: object) -> None:
        if self._outside is not None:
            self._inside = get_current()
            attach(self._outside)


def _generator(function: Callable[..., Any], asked: Asked) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with begin(asked) as opened:
            step = _Stepwise(opened)
            with step:
                generator: Generator[Any, Any, Any] = function(*args, **kwargs)
            go: Callable[[Any], Any] = generator.send
            given: Any = None
            while True:
                try:
                    with step:
                        item = go(given)
                except StopIteration as stop:
                    return stop.value
                try:
                    given = yield item
                    go = generator.send
                except GeneratorExit:
                    with step:
                        generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever the consumer throws in belongs to the generator
                    go, given = generator.throw, error

    return call


def _async_generator(function: Callable[..., Any], asked: Asked) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with begin(asked) as opened:
            step = _Stepwise(opened)
            with step:
                generator: AsyncGenerator[Any, Any] = function(*args, **kwargs)
            go: Callable[[Any], Any] = generator.asend
            given: Any = None
            while True:
                try:
                    with step:
                        item = await go(given)
                except StopAsyncIteration:
                    return
                try:
                    given = yield item
                    go = generator.asend
                except GeneratorExit:
                    with step:
                        await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever the consumer throws in belongs to the generator
                    go, given = generator.athrow, error

    return call
