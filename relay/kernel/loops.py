"""Background loops: each is a task owned by a context, cancelled and awaited when that closes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from relay.domain.errors import HitlError
from relay.kernel.log import get_logger

log = get_logger(__name__)


@asynccontextmanager
async def running(
    name: str, every_s: float, step: Callable[[], Awaitable[object]], *, first_s: float | None = None
) -> AsyncIterator[None]:
    """Run `step` again and again, `every_s` after the last one ended, until the context closes.

    The first time it runs after `first_s`, which is `every_s` unless said.
    """
    task = asyncio.create_task(_repeat(name, every_s, step, every_s if first_s is None else first_s), name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _repeat(name: str, every_s: float, step: Callable[[], Awaitable[object]], first_s: float) -> None:
    wait_s = first_s
    while True:
        await pause(wait_s)
        wait_s = every_s
        try:
            await step()
        except HitlError as error:
            log.warning("loop_step_failed", loop=name, code=error.code)
        except Exception:
            log.exception("loop_step_broke", loop=name)


async def pause(seconds: float) -> None:
    """Let time pass. The one place that does: everybody else waits for something."""
    await asyncio.sleep(seconds)  # noqa: TID251
