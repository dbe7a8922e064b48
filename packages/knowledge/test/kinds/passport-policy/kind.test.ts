import { generateKeyPairSync } from "node:crypto"
import { encodeDidJwk, encodeDidKey, publicKeyOf } from "@assay/did"
import { type DsseSigner, dsseSign } from "@assay/jose"
import { openSlice, type Slice } from "@assay/passport"
import { SLICE_TYPE } from "@assay/passport/issue"
import { describe, expect, it } from "vitest"
import { checkPlain, openItem, PASSPORT_POLICY } from "../../../src/index.ts"

const NOW = Date.UTC(2030, 0, 1)
const somebody = (): DsseSigner => {
  const { privateKey: key } = generateKeyPairSync("ed25519")
  return { did: encodeDidKey(publicKeyOf(key)), key }
}
const ROOTS = [somebody(), somebody(), somebody()]
const roots = { roots: ROOTS.map(({ did }) => did), threshold: 2 }
const issuer = somebody()

const perAct = <Value>(value: Value) => ({
  telemetry: value,
  event: value,
  command: value,
  config: value,
  firmware: value,
})
const SLICE: Slice = {
  version: 3,
  issued: NOW,
  expires: NOW + 86_400_000,
  zone: "pumps",
  trustDomain: "https://plant.example/",
  policy: 7,
  signers: [issuer.did],
  conduits: [
    {
      id: "control-commands",
      from: "control",
      to: "pumps",
      acts: ["command"],
      classes: [],
      minTrust: null,
      minAssurance: null,
      ratePerMinute: null,
      window: null,
      expires: null,
    },
  ],
  limits: { passport: 3_600, skew: 60, messagePerAct: perAct(30), snapshotPerAct: perAct(3_600) },
}

const bytesOf = (slice: unknown): Buffer => Buffer.from(JSON.stringify(slice))
const signed = (slice: unknown, by = ROOTS.slice(0, 2)): Uint8Array => dsseSign(SLICE_TYPE, bytesOf(slice), by)
const open = (bytes: Uint8Array) => openItem(PASSPORT_POLICY, bytes, { roots, bundle: null })

describe("a passport policy", () => {
  it("comes into force for its zone, and a device opens the same bytes", async () => {
    const bytes = signed(SLICE)
    expect(open(bytes)).toMatchObject({ subject: "pumps", active: { version: 3, expires: SLICE.expires, body: SLICE } })
    expect(PASSPORT_POLICY.subject(bytes)).toBe("pumps")
    expect(await openSlice(bytes, roots, null)).toEqual(SLICE)
  })

  it.each<readonly [string, Uint8Array, string]>([
    ["signed by one root", signed(SLICE, ROOTS.slice(0, 1)), "control.knowledge_unsigned"],
    ["of another type", dsseSign("application/x", bytesOf(SLICE), ROOTS), "control.knowledge_malformed"],
    ["with a member more", signed({ ...SLICE, more: 1 }), "control.knowledge_malformed"],
    ["that ends before it begins", signed({ ...SLICE, expires: NOW }), "control.knowledge_malformed"],
    [
      "with a conduit of other zones",
      signed({ ...SLICE, conduits: [{ ...SLICE.conduits[0]!, to: "x" }] }),
      "control.knowledge_malformed",
    ],
    ["whose signer is a root", signed({ ...SLICE, signers: [ROOTS[2]!.did] }), "control.knowledge_malformed"],
    [
      "whose signer has no key",
      signed({ ...SLICE, signers: ["did:web:plant.example"] }),
      "control.knowledge_malformed",
    ],
    [
      "that names one key by two DIDs",
      signed({ ...SLICE, signers: [issuer.did, encodeDidJwk(publicKeyOf(issuer.key))] }),
      "control.knowledge_malformed",
    ],
  ])("%s is refused", (_, bytes, reason) => {
    expect(open(bytes)).toMatchObject({ reasons: [reason] })
  })

  it("that cannot be read names no zone", () => {
    for (const bytes of [bytesOf(SLICE), Buffer.from("{"), signed({ ...SLICE, zone: 1 })])
      expect(PASSPORT_POLICY.subject(bytes)).toBeNull()
  })

  it("as a file is checked with the key of what is wrong, and explained", () => {
    const options = { file: "pumps.json", at: NOW }
    expect(checkPlain(PASSPORT_POLICY, bytesOf(SLICE), options)).toMatchObject({ body: SLICE, problems: [] })
    const wrong = { ...SLICE, limits: { ...SLICE.limits, skew: -1 } }
    expect(checkPlain(PASSPORT_POLICY, bytesOf(wrong), options).problems).toEqual([
      "pumps.json: error: limits: is missing, unknown, or not as it must be",
    ])
    expect(PASSPORT_POLICY.plain.explain!(SLICE)).toContain("control -> pumps: command (control-commands)")
  })
})
