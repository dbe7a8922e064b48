import avro from "avsc"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { WireError } from "../../src/index.ts"
import { wholenessOf } from "../../src/resolve/bounded.ts"

const typeOf = (schema: unknown): avro.Type => avro.Type.forSchema(schema as avro.Schema, { wrapUnions: "always" })

const codeOf = (schema: unknown, body: Uint8Array): string => {
  const check = wholenessOf(typeOf(schema))
  try {
    check(body, 0)
    return "whole"
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return error.code
  }
}

const nested = { type: "record", name: "Node", fields: [{ name: "next", type: ["null", "Node"] }] }

describe("a whole record", () => {
  it.each([
    ["null", null],
    ["boolean", true],
    ["int", -7],
    ["long", 2 ** 52],
    ["float", 0.5],
    ["double", 0.1],
    ["string", "é"],
    ["bytes", Buffer.from("ab")],
    [{ type: "fixed", name: "Four", size: 4 }, Buffer.from("abcd")],
    [{ type: "enum", name: "E", symbols: ["a", "b"] }, "b"],
    [{ type: "array", items: "long" }, [1, 2, 3]],
    [
      { type: "map", values: "string" },
      { a: "b", c: "d" },
    ],
    [["null", "string"], { string: "x" }],
    [{ type: "long", logicalType: "timestamp-millis" }, 1_760_000_000_000],
    [nested, { next: { Node: { next: null } } }],
  ])("of %j passes, and not with a byte more or less", (schema, value) => {
    const body = typeOf(schema).toBuffer(value)
    expect(codeOf(schema, body)).toBe("whole")
    expect(codeOf(schema, Buffer.concat([body, Buffer.from([1])]))).toBe("not-wire-format")
    if (body.length > 0) expect(codeOf(schema, body.subarray(0, -1))).toBe("truncated")
  })

  it("may have its array in blocks that say their size", () => {
    // Two items in three bytes, then one in a plain block.
    expect(codeOf({ type: "array", items: "string" }, Buffer.from([3, 6, 2, 97, 0, 2, 2, 98, 0]))).toBe("whole")
  })
})

describe("a forged record", () => {
  /** 2^40 as a long. */
  const many = typeOf("long").toBuffer(2 ** 40)

  it.each(["null", "string", { type: "record", name: "Empty", fields: [] }])(
    "cannot claim more items of %j than it has bytes",
    (items) => {
      // Of this process, whatever else the machine does.
      const before = process.cpuUsage()
      expect(codeOf({ type: "array", items }, many)).toBe("truncated")
      expect(codeOf({ type: "map", values: items }, many)).toBe("truncated")
      expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
    },
  )

  it.each([
    ["string", [1]],
    ["string", [20, 97]],
    ["bytes", many],
    [{ type: "enum", name: "E", symbols: ["a"] }, [2]],
    [["null", "string"], [4]],
    [["null", "string"], [1]],
    ["long", Array(12).fill(255)],
  ])("of %j is refused", (schema, bytes) => {
    expect(["truncated", "not-wire-format"]).toContain(codeOf(schema, Uint8Array.from(bytes)))
  })

  it("cannot make the walk deep", () => {
    expect(codeOf(nested, Buffer.from([...Array(40).fill(2), 0]))).toBe("whole")
    expect(codeOf(nested, Buffer.from([...Array(100_000).fill(2), 0]))).toBe("not-wire-format")
  })

  it("is refused or whole, whatever its bytes", () => {
    const schema = { type: "map", values: ["null", { type: "array", items: nested }] }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(["whole", "truncated", "not-wire-format"]).toContain(codeOf(schema, bytes))
      }),
    )
  })
})
