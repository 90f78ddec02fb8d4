// A made-up fleet of twelve agents for developing the pages without a server.
// Everything is seeded, so two runs look alike; only the clock moves.

/** Deterministic numbers in [0, 1): mulberry32. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const random = seeded(7);
export const pick = (list) => list[Math.floor(random() * list.length)];
const hex = (digits) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");

export const AGENTS = [
  ["planner", 0.9, "claude-sonnet-4-5"], ["researcher", 1.6, "gpt-5-mini"], ["coder", 2.4, "claude-sonnet-4-5"],
  ["reviewer", 1.4, "claude-opus-4-5"], ["tester", 1.2, "gpt-5-mini"], ["security-auditor", 0.7, "claude-opus-4-5"],
  ["doc-writer", 1.0, "gemini-2.5-flash"], ["data-analyst", 1.8, "gpt-5"], ["triage", 0.3, "gemini-2.5-flash"],
  ["release-captain", 0.6, "gpt-5-mini"], ["support-responder", 0.8, "claude-haiku-4-5"], ["billing-reconciler", 1.1, "house-llm-7b"],
].map(([name, pace, model]) => ({ name, pace, model }));

const PROVIDER = { claude: "anthropic", gpt: "openai", gemini: "gcp.gemini", house: "house" };
const RATE = { "claude-opus-4-5": [5, 25], "claude-sonnet-4-5": [3, 15], "claude-haiku-4-5": [1, 5], "gpt-5": [1.25, 10], "gpt-5-mini": [0.25, 2], "gemini-2.5-flash": [0.3, 2.5] };
const WORKFLOWS = ["nightly-refactor", "ticket-to-patch", "weekly-report", "refund-check", "dependency-sweep"];
const TOOLS = ["read_file", "search_code", "run_tests", "query_warehouse", "post_comment", "fetch_page"];
const ERRORS = [
  ["RateLimitError", "429: requests per minute exceeded for model"], ["ToolTimeout", "run_tests gave no answer within 30 s"],
  ["ValidationError", "1 validation error for Patch\nhunks.0.start_line: Input should be greater than 0"], ["PermissionDenied", "skill 'deploy' is not granted to this agent"],
];

function span(trace, parent, name, operation, offset, duration, extra = {}) {
  const made = {
    span_id: hex(16), parent_span_id: parent ? parent.span_id : null, name, kind: operation === "chat" ? "Client" : "Internal",
    service: "orchestrator", operation, agent: extra.agent ?? parent?.agent ?? "", target_agent: "", model: "", provider: "", tool: "",
    start_ms: trace.start_ms + offset * 1000, offset_seconds: offset, duration_seconds: duration, status: "unset", status_message: "",
    error_type: "", input_tokens: 0, output_tokens: 0, cost_usd: 0, has_messages: false, ...extra,
  };
  trace.spans.push(made);
  return made;
}

function chat(trace, parent, agent, offset, duration) {
  const input = Math.floor(400 + random() * 6000), output = Math.floor(60 + random() * 900);
  const rate = RATE[agent.model];
  return span(trace, parent, `chat ${agent.model}`, "chat", offset, duration, {
    agent: agent.name, model: agent.model, provider: PROVIDER[agent.model.split("-")[0]], input_tokens: input, output_tokens: output,
    cost_usd: rate ? (input * rate[0] + output * rate[1]) / 1e6 : null, has_messages: true,
  });
}

function fail(one) {
  const [type, message] = pick(ERRORS);
  Object.assign(one, { status: "error", error_type: type, status_message: message });
}

/** One workflow run: a task per agent, each with model calls and tools, and handoffs between. */
export function makeTrace(startMs) {
  const trace = { trace_id: hex(32), start_ms: startMs, spans: [], conversation_id: `conv-${hex(6)}`, workflow: pick(WORKFLOWS) };
  const root = span(trace, null, trace.workflow, "invoke_workflow", 0, 0, {});
  let at = 0.004;
  const failing = random() < 0.07;
  const team = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(AGENTS));
  team.forEach((agent, index) => {
    const task = span(trace, root, `task ${pick(["plan", "implement", "verify", "summarise"])}`, "task", at, 0, { agent: agent.name });
    const run = span(trace, task, `invoke_agent ${agent.name}`, "invoke_agent", at + 0.002, 0, { agent: agent.name });
    let inner = at + 0.01;
    for (let i = 0; i < 1 + Math.floor(random() * 3); i++) {
      const call = chat(trace, run, agent, inner, 0.25 + random() * random() * 3 * agent.pace);
      inner += call.duration_seconds + 0.01;
      if (random() < 0.65) {
        const tool = pick(TOOLS);
        const used = span(trace, run, `execute_tool ${tool}`, "execute_tool", inner, 0.02 + random() * 0.6, { tool, agent: agent.name });
        inner += used.duration_seconds + 0.005;
      }
    }
    run.duration_seconds = inner - run.offset_seconds;
    task.duration_seconds = inner + 0.004 - task.offset_seconds;
    at = inner + 0.02;
    if (failing && index === team.length - 1) [trace.spans.at(-1), run, task, root].forEach((one, i) => (i ? Object.assign(one, { status: "error", error_type: trace.spans.at(-1).error_type }) : fail(one)));
    if (index + 1 < team.length) {
      const next = team[index + 1].name;
      span(trace, root, `handoff ${agent.name} → ${next}`, "handoff", at, 0.012, { agent: agent.name, target_agent: next });
      at += 0.02;
    }
  });
  root.duration_seconds = at;
  return trace;
}

/** The trace that hangs other viewers: `count` spans, several levels deep, errors sprinkled in. */
export function makeHugeTrace(startMs, count) {
  const trace = { trace_id: "5".repeat(32), start_ms: startMs, spans: [], conversation_id: "", workflow: "repository-migration" };
  const root = span(trace, null, "repository-migration", "invoke_workflow", 0, 0, {});
  let at = 0;
  while (trace.spans.length < count) {
    const agent = pick(AGENTS);
    const task = span(trace, root, "task migrate file", "task", at, 0, { agent: agent.name });
    let inner = at + 0.001;
    for (let turn = 0; turn < 8 && trace.spans.length < count; turn++) {
      const run = span(trace, task, `invoke_agent ${agent.name}`, "invoke_agent", inner, 0, { agent: agent.name });
      const begun = inner;
      for (let i = 0; i < 3 && trace.spans.length < count; i++) {
        const call = chat(trace, run, agent, inner, 0.1 + random() * 0.3);
        inner += call.duration_seconds;
        if (trace.spans.length < count) span(trace, run, `execute_tool ${pick(TOOLS)}`, "execute_tool", inner, 0.02, { tool: pick(TOOLS) });
        inner += 0.03;
      }
      run.duration_seconds = inner - begun;
      if (random() < 0.01) fail(run);
    }
    task.duration_seconds = inner - task.offset_seconds;
    at += random() < 0.6 ? 0.5 : inner - at;
    root.duration_seconds = Math.max(root.duration_seconds, inner);
  }
  return trace;
}

/** What a model call or tool carried, as the span detail shows it. */
export function payloadOf(one) {
  if (one.operation === "chat") {
    return {
      system_instructions: [{ type: "text", content: `You are the ${one.agent} of a software team. Be brief. Say what you are unsure of.` }],
      input_messages: [
        { role: "user", parts: [{ type: "text", content: "The nightly build is red since commit 4f2a. Find out why and propose the smallest fix.\n\n- do not touch the public API\n- name the failing test" }] },
        { role: "assistant", parts: [{ type: "text", content: "I will look at the test log first." }, { type: "tool_call", id: "call_1", name: "run_tests", arguments: { path: "tests/unit", last_failed: true } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: { failed: 1, passed: 412, first: "test_window_rolls_over_at_midnight", message: "assert 23 == 24" } }] },
      ],
      output_messages: [{ role: "assistant", finish_reason: "stop", parts: [{ type: "reasoning", content: "The window ends at 23:00 because the range is half-open; the test expects 24 buckets." }, { type: "text", content: "`test_window_rolls_over_at_midnight` fails because the last hour is dropped. Make the upper bound inclusive in `window.py:48`." }] }],
    };
  }
  if (one.operation === "execute_tool") return { tool_arguments: { path: "src/window.py", lines: [40, 60], options: { follow: true, encoding: null } }, tool_result: "def hours(start, end):\n    return list(range(start.hour, end.hour))\n" };
  return {};
}
