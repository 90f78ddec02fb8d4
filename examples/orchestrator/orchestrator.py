"""A small orchestrator, instrumented by hand: a queue, three agents, one model.

    python orchestrator.py

It runs by itself; the model is imitated. Each `wk.` line is one thing worth
seeing: what runs, who does it, what was decided, what was handed over, what it cost.
"""

import asyncio
import random

import watchkeeper as wk

wk.configure("orchestrator-example")

PRICE_PER_TOKEN_USD = 2.0e-6


async def ask(prompt: str) -> str:
    """Stands for a call of your model."""
    with wk.llm_call("gpt-4.1", provider="openai") as call:
        call.messages(input=prompt, system="Answer in one sentence.")
        await asyncio.sleep(random.uniform(0.1, 0.4))
        text = f"About {prompt.lower()}: done in three steps."
        call.usage(input_tokens=len(prompt), output_tokens=len(text))
        call.cost((len(prompt) + 4 * len(text)) * PRICE_PER_TOKEN_USD)
        call.messages(output=text)
    return text


@wk.tool()
async def search(query: str, limit: int = 3) -> list[str]:
    """A tool: as a decorator it notes arguments and result by itself."""
    await asyncio.sleep(0.05)
    if random.random() < 0.05:
        raise TimeoutError("the archive did not answer")
    return [f"note {number} on {query}" for number in range(limit)]


@wk.agent("researcher")
async def research(topic: str) -> str:
    """An agent: chooses where to look, then looks."""
    with wk.decision("source", alternatives=["archive", "web"]) as decision:
        decision.choose("archive", confidence=0.9, rationale="the topic is an old one")
    notes = await search(topic)
    return await ask(f"Sum up {len(notes)} notes on {topic}")


@wk.agent("writer")
async def write(topic: str, notes: str) -> str:
    """An agent that writes."""
    return await ask(f"Write a page on {topic} from: {notes}")


@wk.agent("reviewer")
async def review(text: str) -> str:
    """An agent that reads."""
    return await ask(f"Review: {text}")


async def brief(topic: str) -> None:
    """One run of the workflow: the root of a trace."""
    async with wk.workflow("brief", attributes={"topic": topic}):
        with wk.task("research"):
            notes = await research(topic)
        with wk.handoff("researcher", "writer", reason="the facts are there"):
            pass
        with wk.task("write"):
            text = await write(topic, notes)
        with wk.handoff("writer", "reviewer"):
            pass
        with wk.task("review"):
            await review(text)


async def worker(queue: "asyncio.Queue[str]") -> None:
    """Takes topics off the queue; a run that fails is in its trace, and the next one follows."""
    while True:
        topic = await queue.get()
        try:
            await brief(topic)
            print(f"{topic}: done")
        except Exception as error:
            print(f"{topic}: {type(error).__name__}: {error}")
        finally:
            queue.task_done()


async def main() -> None:
    """Three workers, ten topics."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    for number in range(10):
        queue.put_nowait(f"topic {number}")
    workers = [asyncio.create_task(worker(queue)) for _ in range(3)]
    await queue.join()
    for running in workers:
        running.cancel()


if __name__ == "__main__":
    asyncio.run(main())
