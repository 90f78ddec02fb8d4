import { createRootRoute, createRoute, createRouter, lazyRouteComponent, retainSearchParams } from "@tanstack/react-router";

import { all, one, parseSearch, writeSearch } from "./lib/search";
import { Shell } from "./shell/Shell";
import { Empty, Failure, Shimmer } from "./ui/States";

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** The page manages its own scrolling and takes the whole height. */
    fills?: boolean;
  }
  interface Register {
    router: typeof router;
  }
}

export interface RootSearch {
  range?: string | undefined;
  start?: string | undefined;
  end?: string | undefined;
}

const root = createRootRoute({
  component: Shell,
  validateSearch: (search: Record<string, unknown>): RootSearch => ({ range: one(search, "range"), start: one(search, "start"), end: one(search, "end") }),
  search: { middlewares: [retainSearchParams(["range", "start", "end"])] },
  notFoundComponent: () => <Empty title="There is no such page"><p>Choose one on the left.</p></Empty>,
});

const overview = createRoute({ getParentRoute: () => root, path: "/", component: lazyRouteComponent(() => import("./overview/OverviewPage")) });
const agents = createRoute({ getParentRoute: () => root, path: "/agents", component: lazyRouteComponent(() => import("./agents/AgentsPage")) });
const agent = createRoute({ getParentRoute: () => root, path: "/agents/$agent", component: lazyRouteComponent(() => import("./agents/AgentPage")) });
const costs = createRoute({
  getParentRoute: () => root,
  path: "/costs",
  validateSearch: (search: Record<string, unknown>): { by?: string | undefined } => ({ by: one(search, "by") }),
  component: lazyRouteComponent(() => import("./costs/CostsPage")),
});

export interface TracesSearch {
  agent?: string | undefined;
  workflow?: string | undefined;
  model?: string | undefined;
  status?: string | undefined;
  min?: string | undefined;
  q?: string | undefined;
  attribute?: string[] | undefined;
}

const traces = createRoute({
  getParentRoute: () => root,
  path: "/traces",
  staticData: { fills: true },
  validateSearch: (search: Record<string, unknown>): TracesSearch => {
    const attribute = all(search, "attribute");
    const status = one(search, "status");
    return {
      agent: one(search, "agent"),
      workflow: one(search, "workflow"),
      model: one(search, "model"),
      status: status === "ok" || status === "error" ? status : undefined,
      min: one(search, "min"),
      q: one(search, "q"),
      attribute: attribute.length > 0 ? attribute : undefined,
    };
  },
  component: lazyRouteComponent(() => import("./traces/TracesPage")),
});

const trace = createRoute({
  getParentRoute: () => root,
  path: "/traces/$traceId",
  staticData: { fills: true },
  validateSearch: (search: Record<string, unknown>): { span?: string | undefined } => ({ span: one(search, "span") }),
  component: lazyRouteComponent(() => import("./trace/TracePage")),
});

export const router = createRouter({
  routeTree: root.addChildren([overview, agents, agent, traces, trace, costs]),
  parseSearch,
  stringifySearch: writeSearch,
  defaultPreload: "intent",
  defaultPendingComponent: Shimmer,
  defaultErrorComponent: ({ error, reset }) => <Failure error={error instanceof Error ? error : new Error(String(error))} retry={reset} />,
});
