/** Messages as a conversation. Text is shown as text: what a model wrote is never markup here. */
import { Fragment, useState } from "react";

import { count } from "../lib/format";
import { Copy } from "../ui/Copy";
import { Json } from "../ui/Json";
import { readMessages, readSystem, type Message, type Part } from "./messages";
import css from "./trace.module.css";

const LONG = 1600;
const ROLE: Record<string, string> = { system: "System", user: "User", assistant: "Assistant", tool: "Tool", developer: "Developer" };

/** Code fences and `code` get the mono face; nothing else is interpreted. */
function Prose({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const long = text.length > LONG;
  const shown = long && !all ? text.slice(0, LONG) : text;
  return (
    <div className={css.text}>
      {shown.split(/```[^\n]*\n?/).map((block, index) =>
        index % 2 === 1 ? (
          <pre key={index}>{block.replace(/\n$/, "")}</pre>
        ) : (
          <Fragment key={index}>{block.split(/`([^`\n]+)`/).map((piece, at) => (at % 2 === 1 ? <code key={at}>{piece}</code> : piece))}</Fragment>
        ),
      )}
      {long && (
        <>
          {!all && "… "}
          <button type="button" className={css.more} onClick={() => setAll(!all)}>
            {all ? "Show less" : `Show all ${count(text.length)} characters`}
          </button>
        </>
      )}
    </div>
  );
}

function OnePart({ part }: { part: Part }) {
  if (part.kind === "text") return <Prose text={part.text} />;
  if (part.kind === "reasoning") return <div className={css.thought}><Prose text={part.text} /></div>;
  if (part.kind === "call") {
    return (
      <div className={css.call}>
        <span>calls <b>{part.name}</b> {part.id}</span>
        {part.arguments !== undefined && <Json value={part.arguments} />}
      </div>
    );
  }
  if (part.kind === "response") {
    return (
      <div className={css.call}>
        <span>answers {part.id}</span>
        <Json value={part.response} />
      </div>
    );
  }
  return (
    <div className={css.call}>
      <span>{part.type}</span>
      <Json value={part.value} />
    </div>
  );
}

const plain = (message: Message) => message.parts.map((part) => ("text" in part ? part.text : JSON.stringify(part))).join("\n");

function Bubble({ message, title }: { message: Message; title?: string }) {
  return (
    <article className={css.msg} data-role={message.role}>
      <header className={css.msgHead}>
        {title ?? ROLE[message.role] ?? (message.role === "" ? "Message" : message.role)}
        {message.finish !== "" && <span className="faint">{message.finish}</span>}
        <span style={{ marginLeft: "auto" }}><Copy text={plain(message)} label="message" /></span>
      </header>
      <div className={css.msgBody}>
        {message.parts.map((part, index) => <OnePart key={index} part={part} />)}
        {message.parts.length === 0 && <span className="faint">empty</span>}
      </div>
    </article>
  );
}

/** Beyond this, the oldest of a long conversation wait behind a button. */
const SHOWN = 30;

export function Conversation({ system, input, output }: { system: unknown; input: unknown; output: unknown }) {
  const [all, setAll] = useState(false);
  const before = [...readSystem(system), ...readMessages(input)];
  const after = readMessages(output);
  const hidden = all ? 0 : Math.max(0, before.length - SHOWN);
  if (before.length + after.length === 0) return <p className="muted">This call carries no messages: its sender does not record them.</p>;
  return (
    <div data-testid="conversation">
      {hidden > 0 && (
        <p style={{ marginBottom: 8 }}>
          <button type="button" className={css.more} onClick={() => setAll(true)}>Show {count(hidden)} earlier messages</button>
        </p>
      )}
      {before.slice(hidden).map((message, index) => <Bubble key={index} message={message} />)}
      {after.map((message, index) => <Bubble key={`out-${index}`} message={message} title={`${ROLE[message.role] ?? "Assistant"}, answering`} />)}
    </div>
  );
}
