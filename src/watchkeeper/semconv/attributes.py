"""Span and resource attribute keys.

The ``gen_ai.*`` names are copied here on purpose: the constants that
OpenTelemetry's Python package ships are deprecated since the conventions moved
to a repository of their own, and no package follows them there yet.
"""

from typing import Final

# --- GenAI conventions ---------------------------------------------------------
OPERATION_NAME: Final = "gen_ai.operation.name"
PROVIDER_NAME: Final = "gen_ai.provider.name"
AGENT_NAME: Final = "gen_ai.agent.name"
AGENT_ID: Final = "gen_ai.agent.id"
AGENT_DESCRIPTION: Final = "gen_ai.agent.description"
AGENT_VERSION: Final = "gen_ai.agent.version"
WORKFLOW_NAME: Final = "gen_ai.workflow.name"
CONVERSATION_ID: Final = "gen_ai.conversation.id"

REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
REQUEST_TOP_P: Final = "gen_ai.request.top_p"
REQUEST_STREAM: Final = "gen_ai.request.stream"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
RESPONSE_TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"

# Input includes what came from a cache, output includes reasoning.
USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
USAGE_CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
USAGE_CACHE_WRITE_TOKENS: Final = "gen_ai.usage.cache_write.input_tokens"
USAGE_REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"

# A JSON string each.
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"

TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_DESCRIPTION: Final = "gen_ai.tool.description"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
TOOL_CALL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_CALL_RESULT: Final = "gen_ai.tool.call.result"

# --- GenAI drafts: open proposals, written beside our own names ----------------
USAGE_COST_AMOUNT: Final = "gen_ai.usage.cost.amount"
USAGE_COST_CURRENCY: Final = "gen_ai.usage.cost.currency"
USAGE_COST_SOURCE: Final = "gen_ai.usage.cost.source"
TRANSFER_TARGET_NAME: Final = "gen_ai.transfer.target.name"
TRANSFER_MODE: Final = "gen_ai.transfer.mode"

# --- General conventions -------------------------------------------------------
ERROR_TYPE: Final = "error.type"
USER_ID: Final = "user.id"
SERVICE_NAME: Final = "service.name"
SERVICE_NAMESPACE: Final = "service.namespace"
SERVICE_INSTANCE_ID: Final = "service.instance.id"

# --- Our own -------------------------------------------------------------------
SPAN_KIND: Final = "watchkeeper.span.kind"
OUTCOME: Final = "watchkeeper.outcome"
TASK_NAME: Final = "watchkeeper.task.name"
TASK_TYPE: Final = "watchkeeper.task.type"
PHASE_ID: Final = "watchkeeper.phase.id"
PROJECT: Final = "watchkeeper.project"
SDK_VERSION: Final = "watchkeeper.sdk.version"

FROM_AGENT: Final = "from_agent"
TO_AGENT: Final = "to_agent"
HANDOFF_REASON: Final = "watchkeeper.handoff.reason"

DECISION_TYPE: Final = "watchkeeper.decision.type"
DECISION_CHOICE: Final = "watchkeeper.decision.choice"
DECISION_ALTERNATIVES: Final = "watchkeeper.decision.alternatives"
DECISION_CONFIDENCE: Final = "watchkeeper.decision.confidence"
DECISION_RATIONALE: Final = "watchkeeper.decision.rationale"

APPROVAL_NAME: Final = "watchkeeper.approval.name"
APPROVAL_OUTCOME: Final = "watchkeeper.approval.outcome"
APPROVAL_APPROVER: Final = "watchkeeper.approval.approver"

SKILL: Final = "watchkeeper.skill.name"
PERMISSION_GRANTED: Final = "watchkeeper.permission.granted"
PERMISSION_REASON: Final = "watchkeeper.permission.reason"

CONTEXT_TOKENS: Final = "watchkeeper.context.tokens"
CONTEXT_ITEMS: Final = "watchkeeper.context.items"
STATE_NAME: Final = "watchkeeper.state.name"
STATE_SIZE_BYTES: Final = "watchkeeper.state.size_bytes"
SAFETY_RULE: Final = "watchkeeper.safety.rule"

OUTCOME_CANCELLED: Final = "cancelled"

# What a span hands down to the spans inside it, in the same process and, as
# W3C Baggage entries of the same names, in the next one.
INHERITED: Final = (
    WORKFLOW_NAME,
    TASK_TYPE,
    TASK_NAME,
    AGENT_NAME,
    CONVERSATION_ID,
    PHASE_ID,
    USER_ID,
)
