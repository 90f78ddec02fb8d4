"""The orchestrator: a queue of runs, an inbox for each agent, handoffs between them."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, Final

from watchkeeper import sdk as wk
from watchkeeper.demo.agent import Item, work
from watchkeeper.demo.control import Order
from watchkeeper.demo.failures import AgentCrashed, AgentUnavailable, Failures
from watchkeeper.demo.fleet import FLEET, AgentProfile
from watchkeeper.demo.work import WORKFLOWS, StepPlan, WorkflowPlan

RUNNERS: Final = 16
QUEUE_LIMIT: Final = 500
INBOX_LIMIT: Final = 200
STEP_TIMEOUT_SECONDS: Final = 20.0
FLOOD_AT_ONCE: Final = 60
FLOOD_FACTOR: Final = 5.0


class Orchestrator:
    """Twelve agents and what they have to do. ``run`` works until it is cancelled or told to stop."""

    def __init__(self, seed: int, rate: float, say: Callable[[str], None]) -> None:
        self._seed = seed
        self._rate = rate
        self._say = say
        self._arrivals = Random(f"{seed}:arrivals")
        self._queue: asyncio.Queue[tuple[int, WorkflowPlan, float]] = asyncio.Queue(QUEUE_LIMIT)
        self._inboxes: dict[str, asyncio.Queue[Item]] = {name: asyncio.Queue(INBOX_LIMIT) for name in FLEET}
        self._crews: dict[str, list[asyncio.Task[None]]] = {}
        self._others: set[asyncio.Task[None]] = set()
        self._count = 0
        self.failures = Failures(time.monotonic)
        self.finished = 0
        self.failed = 0

    @property
    def queued(self) -> int:
        """Runs that wait."""
        return self._queue.qsize()

    async def run(self) -> None:
        """Starts everybody, then feeds the queue."""
        try:
            for profile in FLEET.values():
                self._start(profile)
            for _ in range(RUNNERS):
                self._spawn(self._take())
            # One of each workflow at once: the whole fleet is at work within seconds.
            for plan in WORKFLOWS.values():
                self._enqueue(plan)
            while True:
                rate = self._rate * (FLOOD_FACTOR if self.failures.on("queue_flood") else 1.0)
                await asyncio.sleep(self._arrivals.expovariate(rate))
                self._enqueue()
        finally:
            await self._stop()

    def inject(self, order: Order) -> None:
        """Starts a failure."""
        target = self.failures.begin(order)
        self._say(f"failure: {order.kind} on {target or 'everybody'} for {order.duration_seconds:g} s")
        if order.kind == "queue_flood":
            for _ in range(FLOOD_AT_ONCE):
                self._enqueue()
        if order.kind == "crash" and target in self._crews:
            self._spawn(self._crash(FLEET[target]))

    # --- the queue --------------------------------------------------------------

    def _enqueue(self, plan: WorkflowPlan | None = None) -> None:
        plans = list(WORKFLOWS.values())
        chosen = plan or self._arrivals.choices(plans, [each.share for each in plans])[0]
        if self._queue.full():
            return  # a queue that is full refuses: work is lost, the program isn't
        self._count += 1
        self._queue.put_nowait((self._count, chosen, time.monotonic()))

    async def _take(self) -> None:
        while True:
            number, plan, since = await self._queue.get()
            try:
                await self._run(number, plan, time.monotonic() - since)
            except Exception as error:
                self.failed += 1
                if not isinstance(error, TimeoutError | AgentUnavailable) and self.failed <= 3:
                    self._say(f"run {number} failed, as some do: {type(error).__name__}: {error}")
            finally:
                self.finished += 1

    async def _run(self, number: int, plan: WorkflowPlan, waited_seconds: float) -> None:
        random = Random(f"{self._seed}:{number}")
        topic = random.choice(plan.topics)
        attributes = {"demo.queue.depth": self.queued, "demo.queue.seconds": round(waited_seconds, 3)}
        with wk.workflow(plan.name, conversation_id=f"run-{self._seed}-{number}", attributes=attributes):
            before: StepPlan | None = None
            for step in plan.steps:
                if before is not None:
                    with wk.handoff(before.agent, step.agent, reason=f"{before.task_type} is done"):
                        await asyncio.sleep(0.005 + random.random() * 0.03)
                await self._ask(step, topic, random)
                before = step
            if plan.name == "bug-fix" and random.random() < 0.25:
                with wk.approval("merge", agent="reviewer") as approval:
                    await asyncio.sleep(random.uniform(0.3, 1.5))
                    approval.answer("approved", approver="on-call")
            with wk.state_save("run") as save:
                await asyncio.sleep(0.003)
                save.size(random.randint(4_000, 60_000))

    async def _ask(self, step: StepPlan, topic: str, random: Random) -> str:
        """Puts the step into the agent's inbox and waits for the answer."""
        if not self._crews.get(step.agent):
            raise AgentUnavailable(f"{step.agent} is down")
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        # The item crosses a queue: the trace goes with it as it would with a message.
        item = Item(step, topic, Random(random.getrandbits(64)), dict(wk.inject({})), answer)
        self._inboxes[step.agent].put_nowait(item)
        async with asyncio.timeout(STEP_TIMEOUT_SECONDS):
            return await answer

    # --- the agents -------------------------------------------------------------

    def _start(self, profile: AgentProfile) -> None:
        self._crews[profile.name] = [
            asyncio.create_task(self._serve(profile), name=f"{profile.name}-{number}")
            for number in range(profile.workers)
        ]

    async def _serve(self, profile: AgentProfile) -> None:
        inbox = self._inboxes[profile.name]
        while True:
            item = await inbox.get()
            if item.answer.done():
                continue  # nobody waits for it any more
            try:
                answer = await work(item, self.failures)
            except asyncio.CancelledError:
                _fail(item, AgentCrashed(f"{profile.name} died while working on {item.step.task_type}"))
                raise
            except Exception as error:
                _fail(item, error)
            else:
                if not item.answer.done():
                    item.answer.set_result(answer)

    async def _crash(self, profile: AgentProfile) -> None:
        """All workers of an agent die; they come back when the failure is over."""
        crew = self._crews.pop(profile.name, [])
        for task in crew:
            task.cancel()
        await asyncio.gather(*crew, return_exceptions=True)
        inbox = self._inboxes[profile.name]
        while not inbox.empty():
            _fail(inbox.get_nowait(), AgentCrashed(f"{profile.name} died before it could start"))
        await self.failures.over("crash", profile.name)
        self._start(profile)
        self._say(f"{profile.name} is back")

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def _stop(self) -> None:
        tasks = [*self._others, *(task for crew in self._crews.values() for task in crew)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _fail(item: Item, error: Exception) -> None:
    if not item.answer.done():
        item.answer.set_exception(error)
