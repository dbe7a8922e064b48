import { World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import type { Active, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { ADVISORY, ADVISORY_TYPE, openItem } from "../../../src/index.ts"

const world = new World({ seed: "advisory", now: 1_800_000_000, maker: true })
const DIGEST = "aa".repeat(32)
const bundle: Active<TrustBundle> = { hash: "00", version: 2, expires: 2e12, body: world.bundle }
const context = { roots: world.rootSet, bundle }
const signed = (changes: object = {}, signer = world.maker!) => {
  const body = JSON.parse(
    Buffer.from(
      JSON.parse(Buffer.from(world.advisory({ id: "CVE-1", affected: [[DIGEST, "revoked"]] })).toString()).payload,
      "base64",
    ).toString(),
  )
  return dsseSign(ADVISORY_TYPE, Buffer.from(JSON.stringify({ ...body, ...changes })), [signer])
}
const reasonOf = (bytes: Uint8Array, within = context) => {
  const opened = openItem(ADVISORY, bytes, within)
  return "reasons" in opened ? [opened.reasons[0], opened.detail] : opened.subject
}

describe("an advisory", () => {
  it("has vendor and id as its subject", () => {
    expect(reasonOf(signed())).toBe("acme/CVE-1")
  })

  it("is signed by whom the bundle names for the vendor, and by nobody else", () => {
    const unsigned = "control.knowledge_unsigned"
    expect(reasonOf(signed({}, world.rogueIssuer))[0]).toBe(unsigned)
    expect(reasonOf(signed({}, world.roots[0]!))[0]).toBe(unsigned)
    expect(reasonOf(signed({ vendor: "other" }))).toEqual([
      unsigned,
      "the signer may not sign reference values of other",
    ])
    const without = { ...bundle, body: { ...world.bundle, references: [] } }
    expect(reasonOf(signed(), { ...context, bundle: without })[0]).toBe(unsigned)
  })

  it.each([
    ["a slash in its id", { id: "a/b" }, /^id must be a name without slash/],
    ["an end before its beginning", { expires: 1 }, /^expires must be later than issued/],
    ["exposure that begins later", { since: 2e15 }, /^since must not be later than issued/],
    [
      "a status that makes something better",
      { affected: [{ class: "weather", digest: DIGEST, status: "good" }] },
      /must be one of vulnerable, revoked/,
    ],
    [
      "a firmware twice",
      {
        affected: [
          { class: "weather", digest: DIGEST, status: "revoked" },
          { class: "weather", digest: DIGEST, status: "vulnerable" },
        ],
      },
      /names the same firmware again/,
    ],
  ])("is refused with %s", (_what, changes, detail) => {
    expect(reasonOf(signed(changes))).toEqual(["control.knowledge_malformed", expect.stringMatching(detail)])
  })
})
