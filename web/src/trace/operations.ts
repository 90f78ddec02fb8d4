/** Colour and word of each kind of span. */
const KINDS: Record<string, { color: string; word: string }> = {
  invoke_workflow: { color: "--op-workflow", word: "Workflow" },
  task: { color: "--op-task", word: "Task" },
  invoke_agent: { color: "--op-agent", word: "Agent" },
  create_agent: { color: "--op-agent", word: "Agent" },
  chat: { color: "--op-llm", word: "Model call" },
  text_completion: { color: "--op-llm", word: "Model call" },
  generate_content: { color: "--op-llm", word: "Model call" },
  embeddings: { color: "--op-llm", word: "Embedding" },
  execute_tool: { color: "--op-tool", word: "Tool" },
  retrieval: { color: "--op-tool", word: "Retrieval" },
  handoff: { color: "--op-handoff", word: "Handoff" },
  decision: { color: "--op-handoff", word: "Decision" },
  approval: { color: "--op-guard", word: "Approval" },
  permission: { color: "--op-guard", word: "Permission" },
  safety_block: { color: "--op-guard", word: "Safety block" },
  context_refresh: { color: "--op-other", word: "Context refresh" },
  state_save: { color: "--op-other", word: "State saved" },
  state_load: { color: "--op-other", word: "State loaded" },
};

export function kindOf(operation: string): { color: string; word: string } {
  return KINDS[operation] ?? { color: "--op-other", word: operation === "" ? "Span" : operation };
}
