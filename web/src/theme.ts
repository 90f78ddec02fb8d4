/** Mantine speaks our tokens, so that its controls and our markup share one palette. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const sea: MantineColorsTuple = ["#e2f3f4", "#c5e7ea", "#93d3d9", "#62c7d2", "#36a9b6", "#1a94a2", "#0e8390", "#0a7480", "#08606a", "#064b53"];

/** Mantine's own greys are warm; these are the night of tokens.css. */
const dark: MantineColorsTuple = ["#e4ebf1", "#c3ced8", "#9aabba", "#7f91a1", "#304050", "#22303c", "#121b24", "#0f171f", "#0c131a", "#0a1016"];

export const theme = createTheme({
  primaryColor: "sea",
  primaryShade: { light: 7, dark: 4 },
  colors: { sea, dark },
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  defaultRadius: 6,
  fontSizes: { xs: "11.5px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  cursorType: "pointer",
  respectReducedMotion: true,
});

export const variables: CSSVariablesResolver = () => {
  const shared = {
    "--mantine-color-body": "var(--panel)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--muted)",
    "--mantine-color-default": "var(--panel)",
    "--mantine-color-default-hover": "var(--raised)",
    "--mantine-color-default-color": "var(--text)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-placeholder": "var(--faint)",
    "--mantine-color-anchor": "var(--sea)",
    "--mantine-color-error": "var(--error)",
  };
  return { variables: {}, light: shared, dark: shared };
};
