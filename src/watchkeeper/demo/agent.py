"""One agent at work: it checks, thinks, uses a tool, thinks again and answers."""

import asyncio
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from watchkeeper import sdk as wk
from watchkeeper.demo import failures as f
from watchkeeper.demo.fleet import FLEET, MODELS, TOOLS, AgentProfile, Model, Tool
from watchkeeper.demo.work import StepPlan, slug

_RUNAWAY_CALLS: Final = 6
_RUNAWAY_TOKENS: Final = 150_000
_FAILURES: Final = (
    (f.ModelOverloaded, "the provider did not answer within 30 s"),
    (f.RateLimited, "429: tokens per minute exceeded, try again in 20 s"),
    (f.InvalidAnswer, "expected an object with the field 'steps', got a list"),
    (f.ToolFailed, "exit status 1: connection reset by peer"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """Work in an agent's inbox: the step, its topic, its own randomness, and the trace it belongs to."""

    step: StepPlan
    topic: str
    random: Random
    carrier: dict[str, str]
    answer: "asyncio.Future[str]" = field(repr=False)


async def work(item: Item, failures: f.Failures) -> str:
    """Does the step and returns the answer. Raises what a real agent would."""
    profile = FLEET[item.step.agent]
    random = item.random
    doomed = random.random() < failures.error_rate(profile.name)
    with (
        wk.extract(item.carrier),
        wk.task(item.step.task_type, agent=profile.name, attributes={"demo.topic": item.topic}),
        wk.agent(profile.name, description=profile.role),
    ):
        await failures.over("stuck_agent", profile.name)
        if random.random() < 0.08:
            await _refresh_context(profile, random)
        model = MODELS[random.choice(profile.models)]
        tool = TOOLS[random.choice(profile.tools)]
        _decide(profile, tool, random)
        question = [_said("user", item.step.ask.format(topic=item.topic))]
        call = _tool_call(tool, item.topic, random)
        if failures.on("cost_runaway", profile.name):
            await _run_away(profile, question, random)
        await _think(profile, model, question, call, random, fails=doomed and random.random() < 0.5)
        result = await _use(profile, tool, item.topic, call, random, failures)
        if doomed:
            kind, message = random.choice(_FAILURES)
            raise kind(f"{item.step.task_type}: {message}")
        answer = _said("assistant", item.step.answer.format(topic=item.topic))
        context = [
            *question,
            call,
            {"role": "tool", "tool_call_id": call["tool_calls"][0]["id"], "content": result},
        ]
        await _think(profile, model, context, answer, random)
        return str(answer["content"])


async def _think(
    profile: AgentProfile,
    model: Model,
    said: list[dict[str, Any]],
    answer: dict[str, Any],
    random: Random,
    *,
    fails: bool = False,
    extra_tokens: int = 0,
) -> None:
    """A model call that takes its time, costs its tokens, and says what was prepared for it."""
    with wk.llm_call(model.name, provider=model.provider, temperature=0.2) as call:
        call.messages(input=said, system=profile.role)
        await asyncio.sleep(model.seconds * random.lognormvariate(0, model.spread))
        if fails:
            raise f.ModelOverloaded(
                f"{model.provider}: 529 overloaded, request {random.getrandbits(40):010x}"
            )
        # What is shown is a part of what an agent really carries along.
        input_tokens = len(json.dumps(said)) // 4 + int(random.lognormvariate(6.8, 0.6)) + extra_tokens
        output_tokens = len(json.dumps(answer)) // 4 + int(random.lognormvariate(4.6, 0.7))
        cached = int(input_tokens * random.choice((0, 0, 0.3, 0.6)))
        call.usage(input_tokens=input_tokens, output_tokens=output_tokens, cache_read=cached or None)
        # Providers that discount the cache are priced by the server, which knows the discount.
        if model.reports_cost and not cached:
            call.cost((input_tokens * model.input_usd + output_tokens * model.output_usd) / 1_000_000)
        finish = "tool_calls" if "tool_calls" in answer else "stop"
        call.messages(output=[answer | {"finish_reason": finish}])
        call.response_model(model.answers_as).response(finish_reasons=[finish])


async def _run_away(profile: AgentProfile, said: list[dict[str, Any]], random: Random) -> None:
    """The agent asks the dearest model the same thing again and again, with all it ever read."""
    again = _said("assistant", "I am not sure yet. Let me read everything once more.")
    for _ in range(_RUNAWAY_CALLS):
        await _think(profile, MODELS["claude-sonnet-4-5"], said, again, random, extra_tokens=_RUNAWAY_TOKENS)


async def _use(
    profile: AgentProfile, tool: Tool, topic: str, call: dict[str, Any], random: Random, failures: f.Failures
) -> str:
    """A tool call, after asking for permission where the tool needs one."""
    if tool.guarded:
        with wk.permission(tool.name, agent=profile.name) as permission:
            await asyncio.sleep(0.002)
            if random.random() < failures.denial_rate(profile.name):
                permission.deny("the skill is not in the agent's role")
                raise f.PermissionDenied(f"{profile.name} may not use {tool.name}")
            permission.allow("granted by role")
    wanted = call["tool_calls"][0]
    with wk.tool(tool.name, call_id=wanted["id"]) as used:
        used.arguments(wanted["function"]["arguments"])
        await asyncio.sleep(tool.seconds * random.lognormvariate(0, 0.4))
        result = tool.result.replace("{slug}", slug(topic))
        used.result(result)
    return result


def _decide(profile: AgentProfile, tool: Tool, random: Random) -> None:
    """The agent chooses its next move and says why."""
    confidence = round(random.betavariate(8, 2), 2)
    with wk.decision("next_step", agent=profile.name) as decision:
        decision.choose(
            tool.name,
            alternatives=[*profile.tools, "answer_directly"],
            confidence=confidence,
            rationale=f"{tool.name} fits best: the answer needs facts that are not in the conversation yet.",
        )


async def _refresh_context(profile: AgentProfile, random: Random) -> None:
    with wk.context_refresh(profile.name) as refresh:
        await asyncio.sleep(0.01 + random.random() * 0.05)
        refresh.size(tokens=random.randint(2_000, 7_500), items=random.randint(10, 60))


def _tool_call(tool: Tool, topic: str, random: Random) -> dict[str, Any]:
    arguments = {tool.argument: tool.query.format(topic=topic, slug=slug(topic))}
    function = {"name": tool.name, "arguments": json.dumps(arguments)}
    call_id = f"call_{random.getrandbits(48):012x}"
    return {"role": "assistant", "tool_calls": [{"id": call_id, "type": "function", "function": function}]}


def _said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}
