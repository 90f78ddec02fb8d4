"""Decorating with a step: functions, coroutines, and generators of both colours.

A generator's step is the current one while the generator runs, not while its
consumer does: between two items nothing of it leaks into the caller.
"""

import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from watchkeeper.sdk.runtime import state

if TYPE_CHECKING:
    from watchkeeper.sdk.step import Step


def decorated(template: "Step", function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with a step around each of its calls."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(template, function)
    if inspect.iscoroutinefunction(function):
        return _coroutine(template, function)
    if inspect.isgeneratorfunction(function):
        return _generator(template, function)
    return _plain(template, function)


def _plain(template: "Step", function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not state.active:
            return function(*args, **kwargs)
        with template.copy() as step:
            step.called(function, args, kwargs)
            value = function(*args, **kwargs)
            step.returned(value)
            return value

    return call


def _coroutine(template: "Step", function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        if not state.active:
            return await function(*args, **kwargs)
        with template.copy() as step:
            step.called(function, args, kwargs)
            value = await function(*args, **kwargs)
            step.returned(value)
            return value

    return call


@contextmanager
def _running(step: "Step") -> Iterator[None]:
    step.resume()
    try:
        yield
    finally:
        step.pause()


def _begun(
    template: "Step", function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> "Step":
    step = template.copy()
    step.begin()
    step.called(function, args, kwargs)
    return step


def _generator(template: "Step", function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        step = _begun(template, function, args, kwargs)
        try:
            generator = function(*args, **kwargs)
            advance: Callable[[], Any] = generator.__next__
            while True:
                with _running(step):
                    try:
                        value = advance()
                    except StopIteration as stop:
                        step.finish()
                        return stop.value
                try:
                    sent = yield value
                    advance = partial(generator.send, sent)
                except GeneratorExit:
                    with _running(step):
                        generator.close()
                    raise
                except BaseException as thrown:
                    advance = partial(generator.throw, thrown)
        except BaseException as error:
            step.finish(error)
            raise

    return call


def _async_generator(template: "Step", function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        step = _begun(template, function, args, kwargs)
        try:
            generator = function(*args, **kwargs)
            advance: Callable[[], Any] = generator.__anext__
            while True:
                with _running(step):
                    try:
                        value = await advance()
                    except StopAsyncIteration:
                        step.finish()
                        return
                try:
                    sent = yield value
                    advance = partial(generator.asend, sent)
                except GeneratorExit:
                    with _running(step):
                        await generator.aclose()
                    raise
                except BaseException as thrown:
                    advance = partial(generator.athrow, thrown)
        except BaseException as error:
            step.finish(error)
            raise

    return call
