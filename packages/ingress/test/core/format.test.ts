import { encodeCbor } from "@assay/cose"
import { describe, expect, it } from "vitest"
import { isLines, isSequence, mediaTypeOf, messageIn, messagesIn } from "../../src/core/format.ts"

const COSE = Buffer.concat([
  Buffer.of(0xd2),
  encodeCbor([Buffer.alloc(0), new Map(), Buffer.from("a"), Buffer.alloc(64, 10)]),
])

describe("how messages lie in what a protocol carries", () => {
  it("goes by the bytes for COSE, whatever the sender says", () => {
    for (const type of ["", "application/jose", "application/octet-stream"])
      expect(mediaTypeOf(COSE, type)).toBe("application/cose")
  })

  it("takes what is no COSE for text, unless the sender says otherwise", () => {
    expect(mediaTypeOf(Buffer.from("a.b.c"), "")).toBe("application/jose")
    expect(mediaTypeOf(Buffer.from("a.b.c"), "text/plain; charset=utf-8")).toBe("application/jose")
    expect(mediaTypeOf(Buffer.from("a.b.c"), "application/x-own")).toBe("application/x-own")
  })

  it("takes a line end from a text, and no byte from COSE", () => {
    expect(COSE.at(-1)).toBe(10)
    expect(messageIn(COSE, "")).toEqual(COSE)
    expect(messageIn(Buffer.from("a.b.c\r\n"), "").toString()).toBe("a.b.c")
  })

  it("knows a sequence and lines by their type alone", () => {
    expect(["application/cbor-seq", "Application/CBOR-seq;x=1", "application/cbor"].map(isSequence)).toEqual([
      true,
      true,
      false,
    ])
    expect(["text/plain", "application/x-ndjson; a=b", "text/plainer"].map(isLines)).toEqual([true, true, false])
  })

  it("splits a sequence, or says what is wrong with it", () => {
    expect(messagesIn(Buffer.concat([COSE, COSE]), 2)).toEqual([COSE, COSE])
    expect(messagesIn(Buffer.concat([COSE, COSE]), 1)).toContain("more than 1 items")
    expect(messagesIn(COSE.subarray(0, -1), 2)).toContain("the bytes end early")
  })
})
