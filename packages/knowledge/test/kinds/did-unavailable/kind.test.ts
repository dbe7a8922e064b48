import { dsseSign } from "@assay/jose"
import { actor, bundleOf } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import {
  DID_UNAVAILABLE_KIND,
  DID_UNAVAILABLE_TYPE,
  decodeUnavailable,
  MAX_PAUSE_MS,
  openItem,
} from "../../../src/index.ts"

const NOW = Date.parse("2026-11-29T12:00:00Z")
const [issuer, resolver, stranger] = [actor(), actor(), actor()]
const FACT = { did: "did:web:id.example.com", checked: NOW, again: NOW + 60_000, why: "not_found", detail: "404" }
const bundle = {
  hash: "",
  version: 1,
  expires: NOW * 2,
  body: bundleOf(issuer, { resolvers: { dids: [resolver.did] } }),
}
const open = (content: object, by = resolver) =>
  openItem(DID_UNAVAILABLE_KIND, dsseSign(DID_UNAVAILABLE_TYPE, Buffer.from(JSON.stringify(content)), [by]), {
    roots: { roots: [], threshold: 1 },
    bundle,
  })

describe("the fact that a document could not be had", () => {
  it("says when, why, and when it is looked for again", () => {
    const opened = open(FACT)
    if ("reasons" in opened) throw new Error(opened.detail)
    expect(opened).toMatchObject({ subject: FACT.did, active: { version: NOW / 1_000 } })
    expect(decodeUnavailable(opened.projection!)).toEqual({ checked: NOW, again: NOW + 60_000, why: "not_found" })
    expect(() => decodeUnavailable(Buffer.alloc(3))).toThrow(RangeError)
  })

  it.each([
    ["a pause longer than a day", { ...FACT, again: NOW + MAX_PAUSE_MS + 1 }],
    ["no pause", { ...FACT, again: NOW }],
    ["another reason", { ...FACT, why: "no" }],
    ["more than one line", { ...FACT, detail: "a\nb" }],
    ["a DID that is its key", { ...FACT, did: resolver.did }],
  ])("is refused with %s", (_, content) =>
    expect(open(content)).toMatchObject({ reasons: ["control.knowledge_malformed"] }),
  )

  it("is a resolver's to say", () => {
    expect(open(FACT, stranger)).toMatchObject({ reasons: ["control.knowledge_unsigned"] })
  })
})
