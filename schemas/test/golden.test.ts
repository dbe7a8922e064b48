import { SAMPLES } from "@assay/testkit/samples"
import { describe, expect, it } from "vitest"
import { goldenJson, goldenNames, goldenRecord, toJson } from "./golden.ts"
import { RECORDS } from "./records.ts"

const codecOf = (name: string) => RECORDS.find((record) => record.name === name.split(".")[0])!

it("has golden records of every schema with an id", () => {
  const schemas = new Set(goldenNames().map((name) => name.split(".")[0]))
  for (const { name } of RECORDS) expect(schemas).toContain(name)
})

describe("every version still reads", () => {
  it.each(goldenNames())("%s", (name) => {
    expect(toJson(codecOf(name).decode(goldenRecord(name)))).toBe(goldenJson(name))
  })
})

describe("the present version still writes", () => {
  it.each(Object.entries(SAMPLES))("%s", (name, sample) => {
    expect(Buffer.compare(codecOf(name).encode(sample), goldenRecord(name))).toBe(0)
  })
})
