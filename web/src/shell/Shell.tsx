import { PasswordInput } from "@mantine/core";
import { IconCoin, IconGauge, IconListTree, IconUsersGroup } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useMatches } from "@tanstack/react-router";
import { Suspense, useState } from "react";

import { keepToken } from "../api/client";
import { useLive } from "../live/live";
import { Shimmer } from "../ui/States";
import uiCss from "../ui/ui.module.css";
import { ConnectionBanner, HealthBadge } from "./Indicators";
import { Logo } from "./Logo";
import css from "./shell.module.css";
import { TopBar } from "./TopBar";

const PAGES = [
  { to: "/", label: "Overview", Icon: IconGauge },
  { to: "/agents", label: "Agents", Icon: IconUsersGroup },
  { to: "/traces", label: "Traces", Icon: IconListTree },
  { to: "/costs", label: "Costs", Icon: IconCoin },
] as const;

export function Shell() {
  const { status } = useLive();
  const fills = useMatches().some((match) => match.staticData.fills === true);
  return (
    <div className={css.frame}>
      <a href="#page" className={css.skip}>Skip to the page</a>
      <nav className={css.nav} aria-label="Pages">
        <Link to="/" className={css.brand} aria-label="watchkeeper, overview">
          <Logo lit={status.state === "live"} />
          <span className={css.word}>watchkeeper</span>
        </Link>
        {PAGES.map(({ to, label, Icon }) => (
          <Link key={to} to={to} className={css.item} activeOptions={{ exact: to === "/", includeSearch: false }} title={label}>
            <Icon size={17} stroke={1.7} />
            <span className={css.word}>{label}</span>
          </Link>
        ))}
        <div className={css.foot}>
          <HealthBadge />
        </div>
      </nav>
      <div className={css.main}>
        <TopBar />
        <ConnectionBanner />
        <main id="page" className={css.page} data-fill={fills || undefined} data-stale={status.state === "offline" || undefined} tabIndex={-1}>
          {status.state === "locked" ? <TokenForm /> : <Suspense fallback={<Shimmer />}><Outlet /></Suspense>}
        </main>
      </div>
    </div>
  );
}

/** Beyond loopback the server wants a token with the scope `read`. */
function TokenForm() {
  const { line } = useLive();
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  return (
    <form
      className={css.locked}
      onSubmit={(event) => {
        event.preventDefault();
        keepToken(token.trim());
        line.retryNow();
        void queries.resetQueries();
      }}
    >
      <h1>This server asks for a token</h1>
      <p className="muted">Paste one with the scope “read”. It is kept for this tab only.</p>
      <PasswordInput label="Token" value={token} onChange={(event) => setToken(event.currentTarget.value)} />
      <button type="submit" className={uiCss.button} style={{ justifyContent: "center" }}>Open</button>
    </form>
  );
}
