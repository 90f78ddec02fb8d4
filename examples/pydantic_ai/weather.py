"""A pydantic-ai agent with a tool, seen in watchkeeper: two lines make the difference.

    python weather.py "Will it rain in Lisbon?"

It runs offline: the model is pydantic-ai's own FunctionModel, which answers by a
function. Put ``Agent("openai:gpt-4.1", …)`` in its place and nothing else changes.
"""

import sys

from pydantic_ai import (
    Agent,
    InstrumentationSettings,
    ModelMessage,
    ModelResponse,
    RequestUsage,
    TextPart,
    ToolCallPart,
)
from pydantic_ai.messages import ModelRequest, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

import watchkeeper as wk

# The two lines: where to send, and that pydantic-ai shall speak.
wk.configure("pydantic-ai-example")
Agent.instrument_all(InstrumentationSettings(include_content=True))


def answer(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
    """Plays the model: first it asks for the tool, then it answers from what the tool said."""
    reports = [
        part.content
        for message in messages
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    ]
    if reports:
        part: TextPart | ToolCallPart = TextPart(f"Take an umbrella: {reports[-1]}")
        usage = RequestUsage(input_tokens=180, output_tokens=24)
    else:
        part = ToolCallPart("forecast", {"city": "Lisbon"}, tool_call_id="call-1")
        usage = RequestUsage(input_tokens=120, output_tokens=16)
    return ModelResponse(
        [part], usage=usage, model_name="gpt-4.1", provider_name="openai", finish_reason="stop"
    )


forecaster = Agent(
    FunctionModel(answer, model_name="gpt-4.1"),
    name="forecaster",
    system_prompt="You answer in one sentence.",
)


@forecaster.tool_plain
def forecast(city: str) -> str:
    """The forecast for a city."""
    return f"rain in {city} from noon, 14 degrees"


def main() -> None:
    """Asks once and prints the answer and the trace's id."""
    question = sys.argv[1] if len(sys.argv) > 1 else "Will it rain in Lisbon?"
    with wk.workflow("weather", conversation_id="example-1") as workflow:
        result = forecaster.run_sync(question)
    print(result.output)
    print(f"trace {workflow.trace_id}")


if __name__ == "__main__":
    main()
