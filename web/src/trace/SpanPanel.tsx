import { Tabs } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";

import { spanQuery } from "../api/queries";
import type { Span, SpanDetail, SpanEvent } from "../api/types";
import { shortType, withoutType } from "../lib/errors";
import { count, duration, usd } from "../lib/format";
import { Copy } from "../ui/Copy";
import { Json, pretty } from "../ui/Json";
import { Tag } from "../ui/Panel";
import { Async } from "../ui/States";
import uiCss from "../ui/ui.module.css";
import { When } from "../ui/When";
import { Attributes } from "./Attributes";
import { Conversation } from "./Conversation";
import { kindOf } from "./operations";
import css from "./trace.module.css";

interface SpanPanelProps {
  traceId: string;
  span: Span;
  onClose: () => void;
}

export function SpanPanel({ traceId, span, onClose }: SpanPanelProps) {
  const query = useQuery(spanQuery(traceId, span.span_id));
  const kind = kindOf(span.operation);
  return (
    <aside className={css.side} aria-label="Span" data-testid="span-panel">
      <header className={css.sideHead}>
        <div className="spread">
          <span className="line">
            <i className={css.kind} style={{ background: `var(${kind.color})` }} />
            <span className="muted">{kind.word}</span>
            {span.status === "error" && <Tag tone="error">failed</Tag>}
          </span>
          <span className="line">
            <span className="faint mono">{span.span_id}</span>
            <Copy text={span.span_id} label="span id" />
            <button type="button" className={uiCss.copy} onClick={onClose} aria-label="Close" title="Close (Esc)"><IconX size={15} /></button>
          </span>
        </div>
        <h2>{span.name}</h2>
      </header>
      <div className={css.sideBody}>
        <Facts span={span} detail={query.data} />
        {span.status === "error" && <Fault span={span} events={query.data?.events ?? []} />}
        <Async query={query} rows={5}>{(detail) => <Details key={detail.span_id} detail={detail} />}</Async>
      </div>
    </aside>
  );
}

function Facts({ span, detail }: { span: Span; detail: SpanDetail | undefined }) {
  const facts: [string, ReactNode][] = [["Started", <When key="t" time={span.start_time} show="clock" />], ["Duration", duration(span.duration_seconds)]];
  const add = (name: string, value: ReactNode, show: boolean) => show && facts.push([name, value]);
  add("Agent", <Link to="/agents/$agent" params={{ agent: span.agent }}>{span.agent}</Link>, span.agent !== "");
  add("Handed to", <Link to="/agents/$agent" params={{ agent: span.target_agent }}>{span.target_agent}</Link>, span.target_agent !== "");
  add("Model", span.model, span.model !== "");
  add("Provider", span.provider, span.provider !== "");
  add("Tool", span.tool, span.tool !== "");
  add("Tokens in", count(span.input_tokens), span.input_tokens > 0);
  add("Tokens out", count(span.output_tokens), span.output_tokens > 0);
  add("From cache", count(detail?.cache_read_tokens), (detail?.cache_read_tokens ?? 0) > 0);
  add("Written to cache", count(detail?.cache_write_tokens), (detail?.cache_write_tokens ?? 0) > 0);
  add("Reasoning", count(detail?.reasoning_tokens), (detail?.reasoning_tokens ?? 0) > 0);
  add("Cost", span.cost_usd === null ? <span className="faint">no known price</span> : <>{usd(span.cost_usd)} {detail?.cost_source && <span className="faint">{detail.cost_source}</span>}</>, span.cost_usd !== 0);
  add("Workflow", detail?.workflow, Boolean(detail?.workflow));
  add("Task type", detail?.task_type, Boolean(detail?.task_type));
  add("Conversation", detail?.conversation_id, Boolean(detail?.conversation_id));
  add("User", detail?.user_id, Boolean(detail?.user_id));
  add("Service", span.service, span.service !== "");
  add("Instance", detail?.instance_id, Boolean(detail?.instance_id));
  add("Stands for", `${detail?.sample_weight ?? 1} spans`, (detail?.sample_weight ?? 1) > 1);
  return (
    <dl className={css.grid}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Fault({ span, events }: { span: Span; events: readonly SpanEvent[] }) {
  const exception = events.find((event) => event.name === "exception");
  const stack = exception?.attributes["exception.stacktrace"];
  const first = (...texts: (string | undefined)[]) => texts.find((text) => text !== undefined && text !== "") ?? "";
  const type = first(span.error_type, exception?.attributes["exception.type"], "Error");
  const message = first(span.status_message, exception?.attributes["exception.message"]);
  return (
    <div className={css.fault} data-testid="fault">
      <div className="spread">
        <strong title={type}>{shortType(type)}</strong>
        <Copy text={stack ?? `${type}: ${message}`} label="error" />
      </div>
      {message === "" ? <p className="muted">The sender gave no message.</p> : <p>{withoutType(message, type)}</p>}
      {stack !== undefined && <pre>{stack}</pre>}
    </div>
  );
}

const has = (value: unknown): boolean => value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);

function Details({ detail }: { detail: SpanDetail }) {
  const messages = has(detail.input_messages) || has(detail.output_messages) || has(detail.system_instructions);
  const tool = has(detail.tool_arguments) || has(detail.tool_result);
  const [tab, setTab] = useState<string | null>(messages ? "messages" : tool ? "tool" : "attributes");
  return (
    <Tabs value={tab} onChange={setTab} keepMounted={false} styles={{ tab: { padding: "6px 10px", fontSize: 12.5 } }}>
      <Tabs.List mb={12}>
        {messages && <Tabs.Tab value="messages">Messages</Tabs.Tab>}
        {tool && <Tabs.Tab value="tool">Tool</Tabs.Tab>}
        <Tabs.Tab value="attributes">Attributes</Tabs.Tab>
        <Tabs.Tab value="events">Events {detail.events.length > 0 && <span className="faint num">{detail.events.length}</span>}</Tabs.Tab>
        {detail.links.length > 0 && <Tabs.Tab value="links">Links</Tabs.Tab>}
        <Tabs.Tab value="raw">Raw</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="messages"><Conversation system={detail.system_instructions} input={detail.input_messages} output={detail.output_messages} /></Tabs.Panel>
      <Tabs.Panel value="tool"><Tool detail={detail} /></Tabs.Panel>
      <Tabs.Panel value="attributes">
        <div style={{ display: "grid", gap: 18 }}>
          <Attributes title="Span" values={detail.attributes} filterable />
          <Attributes title="Resource" values={detail.resource_attributes} filterable />
          <p className="faint">Scope {detail.scope.name || "unnamed"} {detail.scope.version} · received <When time={detail.received_time} show="both" /></p>
        </div>
      </Tabs.Panel>
      <Tabs.Panel value="events"><Events events={detail.events} /></Tabs.Panel>
      <Tabs.Panel value="links"><Links detail={detail} /></Tabs.Panel>
      <Tabs.Panel value="raw">
        <div className="spread" style={{ marginBottom: 6 }}>
          <span className="faint">As the API gives it</span>
          <Copy text={JSON.stringify(detail, null, 2)} label="span as JSON" />
        </div>
        <Json value={detail} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Tool({ detail }: { detail: SpanDetail }) {
  const part = (title: string, value: unknown) =>
    has(value) && (
      <section className={css.section}>
        <h3>{title} <Copy text={pretty(value)} label={title.toLowerCase()} /></h3>
        <Json value={value} />
      </section>
    );
  return (
    <div style={{ display: "grid", gap: 14 }}>
      {part("Arguments", detail.tool_arguments)}
      {part("Result", detail.tool_result)}
    </div>
  );
}

function Events({ events }: { events: readonly SpanEvent[] }) {
  if (events.length === 0) return <p className="muted">No events were recorded on this span.</p>;
  return (
    <div>
      {events.map((event, index) => {
        const { "exception.stacktrace": stack, ...rest } = event.attributes;
        return (
          <div key={index} className={css.event} data-error={event.name === "exception" || undefined}>
            <div className="spread"><strong>{event.name}</strong> <span className="faint"><When time={event.time} show="clock" /></span></div>
            <Attributes title="" values={rest} />
            {stack !== undefined && <pre className={css.stack}>{stack}</pre>}
          </div>
        );
      })}
    </div>
  );
}

function Links({ detail }: { detail: SpanDetail }) {
  return (
    <div>
      {detail.links.map((link) => (
        <div key={link.trace_id + link.span_id} className={css.event}>
          <Link to="/traces/$traceId" params={{ traceId: link.trace_id }} search={(before) => ({ ...before, span: link.span_id })} className="mono">
            {link.trace_id} / {link.span_id}
          </Link>
          <Attributes title="" values={link.attributes} />
        </div>
      ))}
    </div>
  );
}
