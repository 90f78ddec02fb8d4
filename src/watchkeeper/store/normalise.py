"""Which attribute means what: OTel GenAI, OpenInference and OpenLLMetry in one vocabulary.

Each typed column of `spans` names the attributes that it is taken from, most specific first; the first one
present wins. The mapping is data: a renamed attribute is a line here, never a branch in SQL.

Sources: OpenTelemetry GenAI semantic conventions (v1.41 and the later repository of their own), OpenInference's
semantic conventions, OpenLLMetry (`traceloop.*`, `llm.*`), and the de-facto cost attributes of pydantic-ai,
OpenRouter and others.
"""

from __future__ import annotations

from typing import Final

# Column or intermediate value -> attributes, by precedence.
ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "watchkeeper_kind": ("watchkeeper.span.kind",),
    "operation": ("gen_ai.operation.name",),
    "openinference_kind": ("openinference.span.kind",),
    "traceloop_kind": ("traceloop.span.kind",),
    "request_type": ("llm.request.type",),
    "agent": ("gen_ai.agent.name", "agent.name", "graph.node.name", "graph.node.id", "from_agent"),
    "target_agent": ("to_agent", "gen_ai.transfer.target.name", "gen_ai.handoff.to_agent", "handoff.target"),
    "workflow": ("gen_ai.workflow.name", "traceloop.workflow.name", "workflow.name"),
    "task_type": ("watchkeeper.task.type", "watchkeeper.task.name"),
    "entity": ("traceloop.entity.name",),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
    "response_model": ("gen_ai.response.model", "llm.response.model_name"),
    "request_model": (
        "gen_ai.request.model", "llm.request.model_name", "llm.model_name", "embedding.model_name",
    ),
    "tool": ("gen_ai.tool.name", "tool.name"),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
    "output_tokens": (
        "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion",
    ),
    "cache_read_tokens": (
        "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ),
    "cache_write_tokens": (
        "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write",
    ),
    "reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
        "llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning",
    ),
    "cost": (
        "gen_ai.usage.cost.amount", "gen_ai.usage.cost", "operation.cost", "llm.cost.total",
        "gen_ai.usage.cost_usd", "gen_ai.usage.cost.total",
    ),
    "currency": ("gen_ai.usage.cost.currency",),
    "error_type": ("error.type",),
    "conversation": (
        "gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id",
        "traceloop.association.properties.thread_id",
    ),
    "user": ("user.id", "enduser.id", "gen_ai.user", "traceloop.association.properties.user_id"),
}  # fmt: skip

# Content of conversations and calls: columns of its own, and not kept a second time in `SpanAttributes`.
PAYLOAD: Final[dict[str, tuple[str, ...]]] = {
    "input_messages": ("gen_ai.input.messages", "gen_ai.prompt"),
    "output_messages": ("gen_ai.output.messages", "gen_ai.completion"),
    "system_instructions": ("gen_ai.system_instructions",),
    "tool_arguments": ("gen_ai.tool.call.arguments", "tool.arguments"),
    "tool_result": ("gen_ai.tool.call.result", "tool.result"),
    "input_value": ("input.value", "traceloop.entity.input", "llm.prompts"),
    "output_value": ("output.value", "traceloop.entity.output"),
}  # fmt: skip

# Fields whose attributes are the same thing under older and newer names: whichever stands first is taken.
SYNONYMS: Final = frozenset({
    "workflow", "task_type", "response_model", "request_model", "tool", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "cost", "user", "target_agent", *PAYLOAD,
})  # fmt: skip

# Messages that were flattened into one attribute a field, as `<prefix>N<middle>role`.
FLATTENED: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "input_messages": (("llm.input_messages.", ".message."), ("gen_ai.prompt.", ".")),
    "output_messages": (("llm.output_messages.", ".message."), ("gen_ai.completion.", ".")),
}

# Kinds of other vocabularies -> `gen_ai.operation.name`. What is missing here has no operation.
WATCHKEEPER_KINDS: Final = {"workflow": "invoke_workflow", "agent": "invoke_agent", "tool": "execute_tool"}
OPENINFERENCE_KINDS: Final = {
    "LLM": "chat", "AGENT": "invoke_agent", "TOOL": "execute_tool", "EMBEDDING": "embeddings",
    "RETRIEVER": "retrieval", "RERANKER": "rerank", "GUARDRAIL": "apply_guardrail", "EVALUATOR": "evaluate",
}  # fmt: skip
REQUEST_TYPES: Final = {
    "chat": "chat", "completion": "text_completion", "embedding": "embeddings", "rerank": "rerank",
}  # fmt: skip
# OpenLLMetry's `task` is a step inside a workflow, not a unit of work that someone waits for.
TRACELOOP_KINDS: Final = {
    "workflow": "invoke_workflow", "agent": "invoke_agent", "tool": "execute_tool", "task": "step",
    "handoff": "handoff",
}  # fmt: skip

# Tokens and cost count on these alone: agents and workflows repeat the sums of what they called.
INFERENCE: Final = ("chat", "text_completion", "generate_content", "embeddings")

# Older and shorter names of providers (compared in lower case) -> `gen_ai.provider.name`.
PROVIDERS: Final = {
    "vertex_ai": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai", "gemini": "gcp.gemini", "google": "gcp.gen_ai",
    "google_genai": "gcp.gen_ai", "az.ai.inference": "azure.ai.inference", "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai", "xai": "x_ai", "aws": "aws.bedrock", "bedrock": "aws.bedrock",
    "mistralai": "mistral_ai", "mistral": "mistral_ai", "watsonx": "ibm.watsonx.ai", "moonshot": "moonshot_ai",
}  # fmt: skip
