// A server that looks like watchkeeper's API, for developing the pages. Not shipped, not a test double of the real one.
//   node dev/mock.mjs [port] [spans-in-the-huge-trace]
import { createServer } from "node:http";
import { AGENTS, makeHugeTrace, makeTrace, payloadOf } from "./fleet.mjs";

const port = Number(process.argv[2] ?? 7070);
const startedAt = Date.now();
const traces = [];
for (let at = startedAt - 6 * 3600e3; at < startedAt; at += 9000 + Math.sin(at / 9e5) * 4000) traces.unshift(makeTrace(at));
const huge = makeHugeTrace(startedAt - 90e3, Number(process.argv[3] ?? 50000));
traces.unshift(huge);
const listeners = new Set();
let eventId = 0;

setInterval(() => {
  const made = Array.from({ length: 1 + Math.floor(Math.random() * 2) }, () => makeTrace(Date.now() - 4000));
  traces.unshift(...made);
  traces.length = Math.min(traces.length, 8000);
  const envelope = {
    id: String(++eventId), time: rfc(Date.now()), project: "default", event_type: "telemetry.stored", entity_type: "trace", entity_id: made[0].trace_id,
    payload: { spans: made.reduce((sum, t) => sum + t.spans.length, 0), trace_ids: made.map((t) => t.trace_id), agents: [] },
  };
  for (const out of listeners) out.write(`id: ${eventId}\nevent: telemetry.stored\ndata: ${JSON.stringify(envelope)}\n\n`);
}, 1500);

const rfc = (ms) => new Date(ms).toISOString();
const sum = (list, of) => list.reduce((total, one) => total + (of(one) ?? 0), 0);
const uniq = (list) => [...new Set(list.filter(Boolean))];
const isTask = (s) => s.operation === "task";
const isCall = (s) => s.operation === "chat";
function quantile(values, q) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
const latency = (tasks) => ({ p50: quantile(tasks.map((t) => t.duration_seconds), 0.5), p95: quantile(tasks.map((t) => t.duration_seconds), 0.95), p99: quantile(tasks.map((t) => t.duration_seconds), 0.99) });

function summary(t) {
  if (t.cached) return t.cached;
  const errors = t.spans.filter((s) => s.status === "error").length;
  return (t.cached = {
    trace_id: t.trace_id, root_name: t.spans[0].name, root_service: "orchestrator", root_operation: t.spans[0].operation, root_known: true, services: ["orchestrator"], workflow: t.workflow,
    agents: uniq(t.spans.map((s) => s.agent)), models: uniq(t.spans.map((s) => s.model)), start_time: rfc(t.start_ms), duration_seconds: t.spans[0].duration_seconds,
    span_count: t.spans.length, error_count: errors, status: errors ? "error" : "ok", input_tokens: sum(t.spans, (s) => s.input_tokens), output_tokens: sum(t.spans, (s) => s.output_tokens),
    cost_usd: t.spans.some((s) => s.cost_usd === null) ? null : sum(t.spans, (s) => s.cost_usd), conversation_id: t.conversation_id,
  });
}
const wireSpan = ({ start_ms, ...rest }) => ({ ...rest, start_time: rfc(start_ms) });
const spansBetween = (from, to) => traces.filter((t) => t !== huge && t.start_ms >= from && t.start_ms <= to).flatMap((t) => t.spans.map((s) => ({ ...s, trace_id: t.trace_id })));

function series(spans, from, to, points = 60) {
  const step = (to - from) / points;
  const buckets = Array.from({ length: points }, (_, i) => ({ time: rfc(from + i * step), list: [] }));
  for (const s of spans) buckets[Math.min(points - 1, Math.max(0, Math.floor((s.start_ms - from) / step)))].list.push(s);
  return buckets.map(({ time, list }) => {
    const tasks = list.filter(isTask);
    return { time, tasks: tasks.length, runs: tasks.length, errors: tasks.filter((t) => t.status === "error").length, p95_seconds: quantile(tasks.map((t) => t.duration_seconds), 0.95), cost_usd: sum(list, (s) => s.cost_usd) };
  });
}
function byModel(spans) {
  return uniq(spans.map((s) => s.model)).map((model) => {
    const calls = spans.filter((s) => s.model === model);
    return {
      unpriced_calls: calls.filter((c) => c.cost_usd === null).length, provider: calls[0].provider, model, calls: calls.length, errors: calls.filter((c) => c.status === "error").length, input_tokens: sum(calls, (c) => c.input_tokens), output_tokens: sum(calls, (c) => c.output_tokens), cost_usd: sum(calls, (c) => c.cost_usd), p95_seconds: latency(calls).p95 };
  }).sort((a, b) => b.calls - a.calls);
}
function recentErrors(spans) {
  return spans.filter((s) => s.status === "error" && s.status_message).sort((a, b) => b.start_ms - a.start_ms).slice(0, 12)
    .map((s) => ({ trace_id: s.trace_id, span_id: s.span_id, time: rfc(s.start_ms), agent: s.agent, name: s.name, error_type: s.error_type, message: s.status_message }));
}
function agentItem(name, spans, from, to) {
  const own = spans.filter((s) => s.agent === name), tasks = own.filter(isTask);
  const errors = tasks.filter((t) => t.status === "error").length, last = Math.max(0, ...own.map((s) => s.start_ms)), quiet = Date.now() - last;
  return {
    agent: name, service_namespace: "", services: ["orchestrator"], status: quiet < 60e3 ? "active" : quiet < 300e3 ? "idle" : "silent", last_seen: rfc(last), runs: tasks.length,
    runs_per_minute: tasks.length / ((to - from) / 60e3), errors, error_rate: tasks.length ? errors / tasks.length : 0, latency_seconds: latency(tasks), llm_calls: own.filter(isCall).length,
    tool_calls: own.filter((s) => s.tool).length, handoffs_out: own.filter((s) => s.operation === "handoff").length, input_tokens: sum(own, (s) => s.input_tokens), output_tokens: sum(own, (s) => s.output_tokens),
    cost_usd: sum(own, (s) => s.cost_usd), cost_today_usd: sum(own, (s) => s.cost_usd) * 1.7, models: uniq(own.map((s) => s.model)), unpriced_calls: own.filter((s) => s.cost_usd === null).length,
  };
}

const routes = {
  overview(q) {
    const to = Date.now(), window = Number(q.get("window_seconds") ?? 3600), from = to - window * 1000;
    const spans = spansBetween(from, to), tasks = spans.filter(isTask), cost = sum(spans, (s) => s.cost_usd), agents = AGENTS.map((a) => agentItem(a.name, spans, from, to));
    return {
      generated_at: rfc(to), window_seconds: window, step_seconds: window / 60, active_agents: agents.filter((a) => a.status === "active").length, agents_total: agents.length, tasks: tasks.length,
      tasks_per_minute: tasks.length / (window / 60), error_rate: tasks.filter((t) => t.status === "error").length / Math.max(1, tasks.length), latency_seconds: latency(tasks), cost_today_usd: 9 + cost,
      cost_projected_usd: 21.8, unpriced_calls: spans.filter((s) => s.cost_usd === null).length, tokens_today: { input: sum(spans, (s) => s.input_tokens), output: sum(spans, (s) => s.output_tokens) }, spans_stored: 4210332,
      by_agent: agents.map((a) => ({ agent: a.agent, tasks: a.runs, errors: a.errors, error_rate: a.error_rate, p95_seconds: a.latency_seconds.p95, cost_usd: a.cost_usd, last_seen: a.last_seen, status: a.status })),
      by_model: byModel(spans), series: series(spans, from, to), recent_errors: recentErrors(spans),
    };
  },
  agents(q) {
    const [from, to] = range(q), spans = spansBetween(from, to);
    return { items: AGENTS.map((a) => agentItem(a.name, spans, from, to)), next_cursor: null };
  },
  agent(q, name) {
    const [from, to] = range(q), spans = spansBetween(from, to), own = spans.filter((s) => s.agent === name);
    const operations = uniq(own.map((s) => `${s.operation}|${s.name}`)).map((key) => {
      const [operation, label] = key.split("|"), list = own.filter((s) => s.name === label);
      return { operation, name: label, count: list.length, errors: list.filter((s) => s.status === "error").length, p95_seconds: latency(list).p95 };
    });
    const pairs = spans.filter((s) => s.operation === "handoff" && (s.agent === name || s.target_agent === name));
    const handoffs = uniq(pairs.map((s) => `${s.agent}|${s.target_agent}`)).map((key) => ({ from_agent: key.split("|")[0], to_agent: key.split("|")[1], count: pairs.filter((s) => `${s.agent}|${s.target_agent}` === key).length }));
    return { ...agentItem(name, spans, from, to), operations, models: byModel(own), handoffs, series: series(own, from, to), recent_errors: recentErrors(own) };
  },
  traces(q) {
    const [from, to] = range(q), text = (q.get("q") ?? "").toLowerCase(), limit = Number(q.get("limit") ?? 50), at = Number(q.get("cursor") ?? 0);
    const found = traces.filter((t) => {
      const s = summary(t);
      return t.start_ms >= from && t.start_ms <= to && (!q.get("agent") || s.agents.includes(q.get("agent"))) && (!q.get("workflow") || s.workflow === q.get("workflow")) && (!q.get("model") || s.models.includes(q.get("model")))
        && (!q.get("status") || s.status === q.get("status")) && s.duration_seconds >= Number(q.get("min_duration_seconds") ?? 0) && (!text || JSON.stringify([s, t.spans.slice(0, 60).map((x) => [x.name, x.status_message])]).toLowerCase().includes(text)) && !q.has("attribute");
    });
    return { items: found.slice(at, at + limit).map(summary), next_cursor: at + limit < found.length ? String(at + limit) : null, searched_from: rfc(from) };
  },
  costs(q) {
    const [from, to] = range(q), spans = spansBetween(from, to).filter(isCall), keys = (q.get("group_by") ?? "agent").split(",");
    const groups = new Map();
    for (const s of spans) {
      const key = keys.map((k) => (k === "day" ? rfc(s.start_ms).slice(0, 10) : k === "workflow" ? traces.find((t) => t.trace_id === s.trace_id)?.workflow : s[k]));
      const id = key.join("|"), row = groups.get(id) ?? { ...Object.fromEntries(keys.map((k, i) => [k, key[i]])), calls: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0, unpriced_calls: 0 };
      row.calls++; row.input_tokens += s.input_tokens; row.output_tokens += s.output_tokens; if (s.cost_usd === null) row.unpriced_calls++; else row.cost_usd += s.cost_usd;
      groups.set(id, row);
    }
    return { start: rfc(from), end: rfc(to), total_usd: sum(spans, (s) => s.cost_usd), unpriced_calls: spans.filter((s) => s.cost_usd === null).length, calls: spans.length, items: [...groups.values()].sort((a, b) => (b.cost_usd ?? 0) - (a.cost_usd ?? 0)) };
  },
};
const range = (q) => [q.get("start") ? Date.parse(q.get("start")) : Date.now() - 3600e3, q.get("end") ? Date.parse(q.get("end")) : Date.now()];

function page(t, q, fallback) {
  const limit = Math.min(50000, Number(q.get("limit") ?? fallback)), at = Number(q.get("cursor") ?? 0);
  return { items: t.spans.slice(at, at + limit).map(wireSpan), next_cursor: at + limit < t.spans.length ? String(at + limit) : null };
}
function detail(t, id) {
  const one = t.spans.find((s) => s.span_id === id);
  if (!one) return null;
  return {
    ...wireSpan(one), trace_id: t.trace_id, workflow: t.workflow, task_type: "", conversation_id: t.conversation_id,
    attributes: { "gen_ai.operation.name": one.operation, "gen_ai.agent.name": one.agent, "gen_ai.workflow.name": t.workflow, "code.file.path": "src/orchestrator/run.py", "watchkeeper.span.kind": one.operation, ...(one.model ? { "gen_ai.request.model": one.model, "gen_ai.request.temperature": "0.2" } : {}) },
    resource_attributes: { "service.name": one.service, "service.instance.id": "orchestrator-0", "telemetry.sdk.language": "python", "watchkeeper.sdk.version": "0.1.0" }, scope: { name: "watchkeeper", version: "0.1.0" },
    events: one.error_type && one.status_message ? [{ time: rfc(one.start_ms + one.duration_seconds * 1000), name: "exception", attributes: { "exception.type": one.error_type, "exception.message": one.status_message, "exception.stacktrace": `Traceback (most recent call last):\n  File "src/orchestrator/run.py", line 88, in step\n    result = await skill(call)\n  File "src/orchestrator/skills.py", line 31, in __call__\n    raise ${one.error_type}(reason)\n${one.error_type}: ${one.status_message}` } }] : [],
    links: [], input_messages: null, output_messages: null, system_instructions: null, tool_arguments: null, tool_result: null, cache_read_tokens: Math.floor(one.input_tokens / 3), cache_write_tokens: 0, reasoning_tokens: 0,
    cost_source: one.cost_usd ? "priced" : "", sample_weight: 1, received_time: rfc(one.start_ms + 900), ...payloadOf(one),
  };
}

function health() {
  const part = (name, message, score = 100) => ({ name, status: score > 80 ? "healthy" : "degraded", score, weight: 1, message, latency_ms: 2.1 });
  return { status: "healthy", score: 97, uptime_seconds: (Date.now() - startedAt) / 1000, errors_last_hour: 3, memory_usage_mb: 164, components: [part("engine", "answers a query"), part("ingest", "0 bytes waiting"), part("ledger", "writable"), part("disk", "61 % used", 88)], explanation: ["disk is more than half full (−3)"] };
}

createServer((request, response) => {
  const url = new URL(request.url, "http://x"), q = url.searchParams, path = url.pathname.replace(/^\/api\/v1/, "");
  const send = (body, code = 200) => response.writeHead(body ? code : 404, { "content-type": "application/json" }).end(JSON.stringify(body ?? { title: "Not found", detail: `nothing at ${path}`, code: "not_found", retryable: false }));
  if (path === "/stream") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).write(": hello\n\n");
    listeners.add(response);
    request.on("close", () => listeners.delete(response));
    return;
  }
  if (path === "/health/full") return send(health());
  if (path === "/status") return send({ version: "0.1.0", started_at: rfc(startedAt), uptime_seconds: 60, project: "default", ingest: { accepted_spans: 4210332, stored_spans: 4210332, waiting_bytes: 0, oldest_waiting_seconds: 0, quarantined_requests: 0 }, engine: { ready: true, restarts: 0, memory_bytes: 2e8 }, web_built: true });
  const [, head, id, sub, spanId] = path.split("/").map(decodeURIComponent);
  if (head === "traces" && id) {
    const t = traces.find((one) => one.trace_id === id);
    if (!t) return send(null);
    if (!sub) return send({ ...summary(t), services: ["orchestrator"], spans: page(t, q, 1000) });
    return send(spanId ? detail(t, spanId) : page(t, q, 1000));
  }
  if (head === "agents" && id) return send(routes.agent(q, id));
  return send(routes[head]?.(q));
}).listen(port, "127.0.0.1", () => console.log(`mock ready on ${port}; huge trace ${huge.trace_id}`));
