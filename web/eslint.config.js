import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...ts.configs.strictTypeChecked, ...ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": hooks, "jsx-a11y": a11y },
    rules: {
      ...hooks.configs.recommended.rules,
      ...a11y.flatConfigs.recommended.rules,
      "max-lines": ["error", { max: 400, skipBlankLines: true }],
      // Components are mostly markup: long ones are split by hand, not by rule.
      "max-lines-per-function": ["error", { max: 110, skipBlankLines: true, skipComments: true }],
      // Numbers in template strings are the common case in charts and styles.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Handlers are one-line arrows whose value nobody reads.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // An index inside its bounds is asserted with the element's type: `!` is forbidden by its sister rule.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      // TanStack Router redirects and errors are thrown objects by design.
      "@typescript-eslint/only-throw-error": "off",
      // Virtual lists are known not to be memoised by the compiler; it is not used here.
      "react-hooks/incompatible-library": "off",
    },
  },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: { ...globals.node } } },
);
