import { createHash } from "node:crypto"
import { encodeDidJwk, publicKeyOf } from "@assay/did"
import { dsseSign } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { Active, RootSet, TrustBundle } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BUNDLE } from "../../../src/kinds/bundle/kind.ts"
import { BUNDLE_TYPE, signBundle } from "../../../src/kinds/bundle/open.ts"
import { openItem } from "../../../src/open.ts"
import type { OpenLimits } from "../../../src/version-and-expiry.ts"

const [a, b, c, d] = [actor(), actor("ES256"), actor(), actor()]
const roots = { roots: [a.did, b.did, c.did], threshold: 2 }
const bundle = bundleOf(actor())
const openBundle = (bytes: Uint8Array, by: RootSet, limits?: OpenLimits) =>
  openItem(BUNDLE, bytes, { roots: by, bundle: null }, limits)
const reasonsOf = (...args: Parameters<typeof openBundle>) => {
  const opened = openBundle(...args)
  return "reasons" in opened ? opened.reasons : []
}

describe("openBundle", () => {
  it("opens what a threshold of roots signed and names it by its hash", () => {
    const envelope = signBundle(bundle, [a, b])
    const hash = createHash("sha256").update(envelope).digest("hex")
    expect(openBundle(envelope, roots)).toEqual({
      active: { hash, version: 1, expires: 2_000_000, body: bundle },
      subject: "",
      projection: null,
      nextRoots: roots,
    })
  })

  it("counts roots only, each once", () => {
    expect(reasonsOf(signBundle(bundle, [a]), roots)).toEqual(["control.knowledge_unsigned"])
    expect(reasonsOf(signBundle(bundle, [a, d]), roots)).toEqual(["control.knowledge_unsigned"])
    expect(reasonsOf(signBundle(bundle, [a, a]), roots)).toEqual(["control.knowledge_malformed"])
    expect(reasonsOf(signBundle(bundle, []), { ...roots, threshold: 0 })).toEqual(["control.knowledge_unsigned"])
  })

  it("counts one key once, and takes no role from a root, by whatever DIDs", () => {
    const jwk = ({ key }: Actor): string => encodeDidJwk(publicKeyOf(key))
    const twice = { roots: [a.did, jwk(a)], threshold: 2 }
    expect(reasonsOf(signBundle(bundle, [a]), twice)).toEqual(["control.knowledge_unsigned"])
    expect(reasonsOf(signBundle(bundle, [a, { ...a, did: jwk(a) }]), twice)).toEqual(["control.knowledge_malformed"])
    for (const did of [c.did, jwk(c)]) {
      const operators = [{ did, rights: [] }]
      expect(openBundle(signBundle({ ...bundle, operators }, [a, b]), roots)).toEqual({
        reasons: ["control.knowledge_malformed"],
        detail: "operators[0].did is the key of a root; a key has one role",
      })
    }
  })

  it("refuses another payload type and a bundle that is none", () => {
    const other = dsseSign("application/vnd.assay.policy+json", Buffer.from("{}"), [a, b])
    expect(reasonsOf(other, roots)).toEqual(["control.knowledge_malformed"])
    expect(reasonsOf(dsseSign(BUNDLE_TYPE, Buffer.from("{}"), [a, b]), roots)).toEqual(["control.knowledge_malformed"])
  })

  it("refuses an old version and an expired bundle", () => {
    const envelope = signBundle(bundle, [a, b])
    expect(reasonsOf(envelope, roots, { time: 0, above: 1 })).toEqual(["control.knowledge_version"])
    expect(reasonsOf(envelope, roots, { time: 2_000_000, above: null })).toEqual(["control.knowledge_expired"])
    expect(reasonsOf(envelope, roots, { time: 1_999_999, above: null })).toEqual([])
  })

  it("refuses what the same roots signed for another trust domain", () => {
    const opened = openItem(BUNDLE, signBundle(bundle, [a, b]), { roots, bundle: null })
    if ("reasons" in opened) throw new Error(opened.detail)
    const inForce = { roots, bundle: opened.active as Active<TrustBundle> }
    const next = { ...bundle, version: 2 }
    expect(openItem(BUNDLE, signBundle(next, [a, b]), inForce)).not.toHaveProperty("reasons")
    const sister = { ...next, trustDomain: "https://sister.example/" }
    expect(openItem(BUNDLE, signBundle(sister, [a, b]), inForce)).toMatchObject({
      reasons: ["control.audience_refused"],
      detail: expect.stringContaining("https://sister.example/"),
    })
  })

  it("rotates the roots only with the consent of old and new", () => {
    const nextRoots = { roots: [c.did, d.did], threshold: 2 }
    const rotating = { ...bundle, nextRoots }
    expect(openBundle(signBundle(rotating, [a, c, d]), roots)).toMatchObject({ nextRoots })
    expect(reasonsOf(signBundle(rotating, [a, b, c]), roots)).toEqual(["control.knowledge_unsigned"])
    expect(reasonsOf(signBundle(rotating, [c, d]), roots)).toEqual(["control.knowledge_unsigned"])
  })

  it("opens no envelope in which one byte was changed into another meaning", () => {
    const envelope = signBundle(bundle, [a, b])
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const tampered = Uint8Array.from(envelope)
        tampered[at]! ^= flip
        expect(reasonsOf(tampered, roots)).toHaveLength(1)
      }),
      { numRuns: 60 },
    )
  })
})
