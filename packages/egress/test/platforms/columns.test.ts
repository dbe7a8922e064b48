/** The tables of the recipes have the columns of the row, in its order, and say of the same ones that they may be null. */
import { schemaOf } from "@assay/schemas"
import { describe, expect, it } from "vitest"
import { recipe } from "./files.ts"

const { fields } = schemaOf("reading-row") as { fields: ReadonlyArray<{ name: string; type: unknown }> }
const wanted = fields.map(({ name, type }) => ({ name, nullable: Array.isArray(type) }))

/** The columns of the first CREATE TABLE. */
const columnsIn = (sql: string): ReadonlyArray<readonly [name: string, type: string]> => {
  const body = /CREATE TABLE[^(]*\(([\s\S]*?)\n\)/.exec(sql)![1]!
  return [...body.matchAll(/^\s*[`"]?(\w+)[`"]? ([A-Z][^\n]*?),?$|[`"](\w+)[`"] ([A-Z][A-Z_]*)/gm)].map(
    ([, a, b, c, d]) => [a ?? c!, b ?? d!] as const,
  )
}

describe("the table of", () => {
  it.each([
    ["clickhouse.sql", (type: string) => type.includes("Nullable")],
    ["flink.sql", (type: string) => !type.includes("NOT NULL")],
  ])("%s has every column, null where the row may be", (file, isNullable) => {
    const columns = columnsIn(recipe(file)).filter(([name]) => name !== "WATERMARK")
    expect(columns.map(([name, type]) => ({ name, nullable: isNullable(type) }))).toEqual(wanted)
  })

  it("snowflake.sql has every column", () => {
    const names = [...recipe("snowflake.sql").matchAll(/"(\w+)" [A-Z]/g)].map(([, name]) => name)
    expect(names).toEqual(wanted.map(({ name }) => name))
  })
})
