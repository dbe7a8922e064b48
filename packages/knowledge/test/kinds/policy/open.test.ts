import { createHash, generateKeyPairSync } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { dsseSign } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { POLICY } from "../../../src/kinds/policy/kind.ts"
import { POLICY_PAYLOAD_TYPE } from "../../../src/kinds/policy/open.ts"
import { openItem } from "../../../src/open.ts"
import type { OpenLimits } from "../../../src/version-and-expiry.ts"
import { SMALL } from "./small.ts"

const signer = () => {
  const pair = generateKeyPairSync("ed25519")
  return { did: encodeDidKey(publicKeyOf(pair.publicKey)), key: pair.privateKey }
}
const [a, b, stranger] = [signer(), signer(), signer()] as const
const ROOTS = { roots: [a.did, b.did], threshold: 2 }
const sign = (text: string | Uint8Array, by = [a, b], type = POLICY_PAYLOAD_TYPE): Uint8Array =>
  dsseSign(type, Buffer.from(text), by)

const openPolicy = (envelope: Uint8Array, limits?: OpenLimits) =>
  openItem(POLICY, envelope, { roots: ROOTS, bundle: null }, limits)
const codes = (envelope: Uint8Array, limits?: OpenLimits): unknown => {
  const opened = openPolicy(envelope, limits)
  return "reasons" in opened ? opened.reasons : "active"
}

describe("openPolicy", () => {
  it("opens what enough roots signed, under the hash of the envelope", () => {
    const envelope = sign(SMALL)
    const opened = openPolicy(envelope)
    if ("reasons" in opened) throw new Error(opened.detail)
    expect(opened.active.hash).toBe(createHash("sha256").update(envelope).digest("hex"))
    expect(opened.active).toMatchObject({ version: 2, expires: Date.UTC(2027, 0, 1), body: { version: 2 } })
  })

  it.each([
    ["one root of two", sign(SMALL, [a]), "control.knowledge_unsigned"],
    ["a stranger beside a root", sign(SMALL, [a, stranger]), "control.knowledge_unsigned"],
    ["another payload type", sign(SMALL, [a, b], "application/vnd.assay.bundle+json"), "control.knowledge_malformed"],
    ["bytes that are no envelope", Buffer.from(SMALL), "control.knowledge_malformed"],
    ["a signed text that is no policy", sign("hello: world"), "control.knowledge_malformed"],
    ["a signed text that is not UTF-8", sign(Uint8Array.of(0xc3, 0x28)), "control.knowledge_malformed"],
    ["a byte order mark", sign(`\uFEFF${SMALL}`), "active"],
  ])("answers %s", (_, envelope, code) => {
    expect(codes(envelope)).toEqual(code === "active" ? "active" : [code])
  })

  it("names line and key where a signed policy is wrong", () => {
    const opened = openPolicy(sign(SMALL.replace("version: 2", "version: two")))
    expect("reasons" in opened && opened.detail).toMatch(/^policy\.yaml:2:\d+: error: version: found "two"/)
  })

  it("refuses a payload that was changed after signing", () => {
    const envelope = JSON.parse(Buffer.from(sign(SMALL)).toString())
    envelope.payload = Buffer.from(SMALL.replace("version: 2", "version: 3")).toString("base64")
    expect(codes(Buffer.from(JSON.stringify(envelope)))).toEqual(["control.knowledge_unsigned"])
  })

  it("refuses an old or expired policy where the runner says what holds", () => {
    expect(codes(sign(SMALL), { above: 2, time: 0 })).toEqual(["control.knowledge_version"])
    expect(codes(sign(SMALL), { above: 1, time: 0 })).toBe("active")
    expect(codes(sign(SMALL), { above: null, time: Date.UTC(2027, 0, 1) })).toEqual(["control.knowledge_expired"])
    expect(codes(sign(SMALL), { above: null, time: Date.UTC(2027, 0, 1) - 1 })).toBe("active")
  })
})
