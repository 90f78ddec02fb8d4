import { Menu, Modal, TextInput, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconDeviceDesktop, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useZone } from "../lib/preferences";
import { LiveIndicator } from "./Indicators";
import { RangePicker } from "./RangePicker";
import css from "./shell.module.css";

/** `/` goes to the search of the page where it has one, else to the one above. */
function focusSearch(): void {
  const boxes = document.querySelectorAll<HTMLInputElement>("input[data-search]");
  const box = boxes[boxes.length - 1];
  box?.focus();
  box?.select();
}

export function TopBar() {
  const navigate = useNavigate();
  const [help, setHelp] = useState(false);
  useHotkeys([
    ["/", focusSearch],
    ["shift+?", () => setHelp(true)],
    ["1", () => void navigate({ to: "/" })],
    ["2", () => void navigate({ to: "/agents" })],
    ["3", () => void navigate({ to: "/traces" })],
    ["4", () => void navigate({ to: "/costs" })],
  ]);
  return (
    <header className={css.top}>
      <GlobalSearch />
      <div className={css.right}>
        <LiveIndicator />
        <RangePicker />
        <ZoneToggle />
        <ThemeMenu />
        <button type="button" className={`${css.chip} ${css.helpButton}`} data-square data-quiet onClick={() => setHelp(true)} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">?</button>
      </div>
      <Shortcuts open={help} onClose={() => setHelp(false)} />
    </header>
  );
}

const KEYS: [string, string][] = [
  ["/", "Search, on this page or everywhere"],
  ["1 2 3 4", "Overview, agents, traces, costs"],
  ["↑ ↓ ← →", "Walk, fold and unfold the spans of a trace"],
  ["E, Shift E", "Next and previous failed span"],
  ["N, Shift N", "Next and previous match"],
  ["Z", "Zoom to the selected span, and back"],
  ["Esc", "Close the span"],
  ["?", "This list"],
];

function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal opened={open} onClose={onClose} title="Keyboard" size="sm" closeButtonProps={{ "aria-label": "Close" }}>
      <dl className={css.keys}>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt className="mono">{key}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

function GlobalSearch() {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  return (
    <form
      role="search"
      className={css.search}
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim();
        if (/^[0-9a-f]{32}$/i.test(wanted)) void navigate({ to: "/traces/$traceId", params: { traceId: wanted.toLowerCase() } });
        else if (wanted !== "") void navigate({ to: "/traces", search: (before) => ({ ...before, q: wanted }) });
        setText("");
      }}
    >
      <TextInput
        size="xs"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        placeholder="Search traces, or paste a trace id"
        aria-label="Search traces, or paste a trace id"
        leftSection={<IconSearch size={14} />}
        rightSection={<kbd className="faint mono">/</kbd>}
        data-search
      />
    </form>
  );
}

function ZoneToggle() {
  const { zone, setZone } = useZone();
  const other = zone === "utc" ? "local" : "utc";
  return (
    <button type="button" className={css.chip} data-quiet onClick={() => setZone(other)} title={`Times are shown in ${zone === "utc" ? "UTC" : "local time"}. Click to change.`}>
      {zone === "utc" ? "UTC" : "Local"}
    </button>
  );
}

const THEMES: { key: MantineColorScheme; label: string; Icon: typeof IconSun }[] = [
  { key: "dark", label: "Dark", Icon: IconMoon },
  { key: "light", label: "Light", Icon: IconSun },
  { key: "auto", label: "Like the system", Icon: IconDeviceDesktop },
];

function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = THEMES.find((one) => one.key === colorScheme)?.Icon ?? IconMoon;
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <button type="button" className={css.chip} data-square data-quiet aria-label="Theme" title="Theme">
          <Current size={16} stroke={1.7} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {THEMES.map(({ key, label, Icon }) => (
          <Menu.Item key={key} leftSection={<Icon size={15} />} onClick={() => setColorScheme(key)} fw={key === colorScheme ? 600 : 400}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
