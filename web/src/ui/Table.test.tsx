import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { compare, Table } from "./Table";

it("sorts by a column, numbers down first, and tells so to screen readers", async () => {
  const rows = [{ name: "a", value: 1 }, { name: "b", value: 3 }, { name: "c", value: null }];
  render(
    <Table
      caption="t"
      rows={rows}
      rowKey={(row) => row.name}
      columns={[{ key: "name", label: "Name", cell: (row) => row.name }, { key: "value", label: "Value", right: true, by: (row) => row.value, cell: (row) => row.value }]}
    />,
  );
  const order = () => screen.getAllByRole("row").slice(1).map((row) => within(row).getAllByRole("cell")[0]?.textContent);
  await userEvent.click(screen.getByText("Value"));
  expect(order()).toEqual(["b", "a", "c"]);
  expect(screen.getByRole("columnheader", { name: /Value/ }).getAttribute("aria-sort")).toBe("descending");
  await userEvent.click(screen.getByText("Value"));
  expect(order()).toEqual(["a", "b", "c"]);
});

it("puts nothing last, whichever way", () => {
  expect(compare(null, 1, true)).toBeGreaterThan(0);
  expect(compare(null, 1, false)).toBeGreaterThan(0);
  expect(compare("a", "b", false)).toBeLessThan(0);
});
