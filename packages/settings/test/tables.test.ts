import { describe, expect, it } from "vitest"
import { SETTINGS } from "../src/index.ts"
import { settingsHelp, settingsTable, withTables } from "../src/tables.ts"

describe("a table of settings", () => {
  it("has a row for each setting of the part", () => {
    const rows = settingsTable("http").split("\n").slice(2)
    expect(rows.length).toBe(SETTINGS.filter(({ part }) => part === "http").length)
    expect(rows.find((row) => row.includes("`ASSAY_HTTP_PORT`"))).toBe(
      "| `ASSAY_HTTP_PORT` | `7070` | 0 to 65,535 | The port to listen on; 0 picks a free one |",
    )
    expect(rows.find((row) => row.includes("`ASSAY_HTTP_TOKENS`"))).toContain("Secret: shown nowhere")
  })

  it("goes between its marks, and a page without them is refused", () => {
    const page = "# T\n<!-- a -->\nold\n<!-- /a -->\nend\n"
    expect(withTables(page, { a: "new" })).toBe("# T\n<!-- a -->\nnew\n<!-- /a -->\nend\n")
    expect(withTables(withTables(page, { a: "new" }), { a: "new" })).toBe("# T\n<!-- a -->\nnew\n<!-- /a -->\nend\n")
    expect(() => withTables(page, { b: "new" })).toThrow("<!-- b -->")
  })
})

it("help has one line for each setting, with its default", () => {
  const lines = settingsHelp(["node"]).split("\n")
  expect(lines.length).toBe(SETTINGS.filter(({ part }) => part === "node").length)
  expect(lines[0]).toMatch(/^ {2}ASSAY_TOPOLOGY +Five stages .* \(default chained\)$/)
})
