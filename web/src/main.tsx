import "@fontsource-variable/geist";
import "@fontsource-variable/geist-mono";
import "@mantine/core/styles.css";
import "./styles/tokens.css";
import "./styles/base.css";

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { shouldRetry } from "./api/queries";
import { PreferencesProvider } from "./lib/preferences";
import { LiveProvider } from "./live/live";
import { router } from "./router";
import { theme, variables } from "./theme";

const queries = new QueryClient({
  // networkMode "always": the browser's idea of being online says nothing about a server on loopback.
  defaultOptions: { queries: { retry: shouldRetry, staleTime: 1000, refetchOnWindowFocus: false, networkMode: "always" } },
});

const host = document.getElementById("root");
if (host === null) throw new Error("index.html has no #root");
createRoot(host).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <PreferencesProvider>
        <QueryClientProvider client={queries}>
          <LiveProvider>
            <RouterProvider router={router} />
          </LiveProvider>
        </QueryClientProvider>
      </PreferencesProvider>
    </MantineProvider>
  </StrictMode>,
);
