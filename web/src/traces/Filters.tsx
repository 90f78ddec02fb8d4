import { Autocomplete, Popover, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilterPlus, IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { agentsQuery } from "../api/queries";
import type { TracesSearch } from "../router";
import { useRange } from "../shell/RangePicker";
import uiCss from "../ui/ui.module.css";
import css from "./traces.module.css";

/** Changes some filters, keeps the others; the URL is the only place they live. */
export function useFilters(): [TracesSearch, (change: TracesSearch) => void] {
  const search = useSearch({ from: "/traces" });
  const navigate = useNavigate();
  return [search, (change) => void navigate({ to: "/traces", search: (before) => ({ ...before, ...change }), replace: true })];
}

export function Filters() {
  const [search, change] = useFilters();
  return (
    <div className={css.filters} role="group" aria-label="Filters">
      <TextFilter value={search.q ?? ""} onChange={(q) => change({ q })} />
      <SegmentedControl
        size="xs"
        aria-label="Status"
        value={search.status ?? ""}
        onChange={(status) => change({ status: status === "" ? undefined : status })}
        data={[{ value: "", label: "All" }, { value: "ok", label: "OK" }, { value: "error", label: "Failed" }]}
      />
      <MoreFilters />
      <Chips />
    </div>
  );
}

function TextFilter({ value, onChange }: { value: string; onChange: (value: string | undefined) => void }) {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  // The URL may change under us (back button, search above): follow it.
  if (value !== told) {
    setTold(value);
    if (value !== text.trim()) setText(value);
  }
  const tell = useDebouncedCallback((next: string) => onChange(next.trim() === "" ? undefined : next.trim()), 350);
  return (
    <TextInput
      size="xs"
      w={260}
      miw={150}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      placeholder="Name, message, error …"
      aria-label="Text in span names, messages and errors"
      leftSection={<IconSearch size={14} />}
      data-search
    />
  );
}

const EMPTY = { agent: "", workflow: "", model: "", min: "", attribute: "" };

/** One form for the rarer filters; each that is set shows as a chip. */
function MoreFilters() {
  const [search, change] = useFilters();
  const agents = useQuery(agentsQuery(useRange()));
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState(EMPTY);
  const field = (key: keyof typeof EMPTY) => ({ value: draft[key], onChange: (value: string) => setDraft({ ...draft, [key]: value }) });
  const badAttribute = draft.attribute !== "" && !/^[^=]+=/.test(draft.attribute);
  const badMin = draft.min !== "" && !(Number(draft.min) >= 0);
  const apply = () => {
    if (badAttribute || badMin) return;
    const given = (text: string, before: string | undefined) => (text.trim() === "" ? before : text.trim());
    change({
      agent: given(draft.agent, search.agent),
      workflow: given(draft.workflow, search.workflow),
      model: given(draft.model, search.model),
      min: given(draft.min, search.min),
      attribute: draft.attribute === "" ? search.attribute : [...new Set([...(search.attribute ?? []), draft.attribute.trim()])],
    });
    setDraft(EMPTY);
    setOpen(false);
  };
  const models = [...new Set(agents.data?.items.flatMap((row) => row.models) ?? [])];
  const names = [...new Set(agents.data?.items.map((row) => row.agent) ?? [])];
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <button type="button" className={uiCss.button} onClick={() => setOpen(!open)} aria-expanded={open}>
          <IconFilterPlus size={15} stroke={1.7} /> Filter
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={css.popForm}
          onSubmit={(event) => {
            event.preventDefault();
            apply();
          }}
        >
          <Autocomplete size="xs" label="Agent" data={names} openOnFocus={false} comboboxProps={{ withinPortal: false }} {...field("agent")} />
          <Autocomplete size="xs" label="Model" data={models} openOnFocus={false} comboboxProps={{ withinPortal: false }} {...field("model")} />
          <TextInput size="xs" label="Workflow" value={draft.workflow} onChange={(event) => setDraft({ ...draft, workflow: event.currentTarget.value })} />
          <TextInput size="xs" label="Takes at least (seconds)" inputMode="decimal" value={draft.min} error={badMin && "A number of seconds, such as 2.5"} onChange={(event) => setDraft({ ...draft, min: event.currentTarget.value })} />
          <TextInput size="xs" label="Attribute" placeholder="key=value" value={draft.attribute} error={badAttribute && "Write it as key=value"} onChange={(event) => setDraft({ ...draft, attribute: event.currentTarget.value })} />
          <button type="submit" className={uiCss.button} style={{ justifyContent: "center" }}>Apply</button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

const NAMES = [["agent", "agent"], ["workflow", "workflow"], ["model", "model"], ["min", "at least"]] as const;

function Chips() {
  const [search, change] = useFilters();
  const chips = NAMES.flatMap(([key, label]) => {
    const value = search[key];
    return value === undefined ? [] : [{ id: key, text: `${label}: ${value}${key === "min" ? " s" : ""}`, drop: () => change({ [key]: undefined }) }];
  });
  for (const pair of search.attribute ?? []) {
    const rest = search.attribute?.filter((one) => one !== pair);
    chips.push({ id: `attribute-${pair}` as "agent", text: pair.replace("=", " = "), drop: () => change({ attribute: rest?.length ? rest : undefined }) });
  }
  if (chips.length === 0) return null;
  return (
    <div className={css.chips}>
      {chips.map((chip) => (
        <span key={chip.id} className={css.filterChip}>
          <span className="truncate">{chip.text}</span>
          <button type="button" onClick={chip.drop} aria-label={`Remove filter ${chip.text}`}>
            <IconX size={12} />
          </button>
        </span>
      ))}
    </div>
  );
}
