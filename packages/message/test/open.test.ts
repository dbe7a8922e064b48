/** The two formats of a message say the same: whatever a device can put into one, in the other it gives the same claims and readings. */
import { createPrivateKey, type KeyObject } from "node:crypto"
import { encodeDidJwk, encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { signClaims } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CoseClaims, claimedIssuer, coseMessage, isCose, openMessage, readDataValues } from "../src/index.ts"

const ED25519 = createPrivateKey({
  format: "jwk",
  key: {
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  },
})
const P256 = createPrivateKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
  },
})
const DEVICES = [ED25519, P256].flatMap((key) =>
  [encodeDidKey, encodeDidJwk].map((encode) => ({ key, did: encode(publicKeyOf(key)) })),
)

const kidOf = (did: string): string => {
  const key = resolveDeviceKey(did)
  if ("reason" in key) throw new Error(key.detail)
  return key.kid
}
const cose = (claims: CoseClaims, key: KeyObject): Buffer => coseMessage(claims, key, kidOf(claims.iss))
const jws = (claims: CoseClaims, key: KeyObject): Buffer =>
  signClaims(claims, key, {
    kid: kidOf(claims.iss),
    typ: claims.vc === undefined ? "m2m-message+jwt" : "m2m-presentation+jwt",
  })

/** What was read, without what belongs to the bytes themselves. */
const saidBy = (bytes: Buffer) => {
  const opened = openMessage(bytes)
  if ("reason" in opened) throw new Error(opened.detail)
  const { read } = opened
  if ("reason" in read) return { refused: read.detail, iss: read.iss }
  return { ...read, claims: { ...read.claims, digest: "" }, kid: opened.header.kid, alg: opened.header.alg }
}

const PRV = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
const telemetry = (iss: string, more: object = {}): CoseClaims => ({
  iss,
  aud: "urn:assay:demo",
  iat: 1_790_000_000,
  act: "telemetry",
  epo: 3,
  seq: 4711,
  prv: PRV,
  senml: [{ n: "temp", u: "Cel", v: 21.5 }],
  ...more,
})

const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,7}$/)
/** JSON.stringify writes -0 as 0, and CBOR keeps it. */
const unsigned = (value: number): number => (value === 0 ? 0 : value)
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).map(unsigned)
const record = fc.record(
  {
    n: name,
    u: fc.constantFrom("Cel", "%RH", "W"),
    t: fc.integer({ min: -1_000, max: 2_000_000_000 }),
    value: fc.oneof(
      finite.map((v) => ({ v })),
      fc.string({ maxLength: 20 }).map((vs) => ({ vs })),
      fc.boolean().map((vb) => ({ vb })),
      fc.uint8Array({ maxLength: 20 }).map((vd) => ({ vd: Buffer.from(vd).toString("base64url") })),
    ),
    base: fc.record(
      { bn: name, bt: fc.nat(1_000), bu: fc.constant("W"), bv: finite, bver: fc.constant(10) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["n", "value"] },
)
const pack = fc
  .array(record, { minLength: 1, maxLength: 6 })
  .map((records) => records.map(({ value, base, ...own }) => ({ ...base, ...own, ...value })))
const firmware = fc.constant({ vendor: "acme", class: "meter", digest: "ab".repeat(32), version: "1.2.3", svn: 4 })

describe("a message in both formats", () => {
  it("says the same: telemetry", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DEVICES),
        pack,
        fc.option(firmware),
        fc.nat(),
        fc.nat(),
        ({ key, did }, senml, fw, epo, seq) => {
          const claims = telemetry(did, { senml, epo, seq, ...(fw === null ? {} : { fw }) })
          expect(saidBy(cose(claims, key))).toEqual(saidBy(jws(claims, key)))
          expect(readDataValues(cose(claims, key), claims.iat)).toEqual(readDataValues(jws(claims, key), claims.iat))
        },
      ),
      { numRuns: 60 },
    )
  })

  it("says the same: acts with a body", () => {
    const body = fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>)
    fc.assert(
      fc.property(fc.constantFrom("event", "command", "config", "firmware"), body, (act, found) => {
        const claims = { ...telemetry(DEVICES[0]!.did), act, body: found, senml: undefined } as CoseClaims
        const [a, b] = [saidBy(cose(claims, ED25519)), saidBy(jws(claims, ED25519))]
        // Not all that a test makes up is a message: JSON refuses members called __proto__, and numbers that lose digits.
        fc.pre(!("refused" in b))
        if ("refused" in a) throw new Error(a.refused)
        // Deterministic CBOR has an order of its own for the members, which JSON leaves open.
        const [inCose, inJws] = [a, b].map(({ claims }) => JSON.parse((claims as { body: string }).body))
        expect(inCose).toEqual(inJws)
      }),
      { numRuns: 60 },
    )
  })

  it.each(["meter-1", "a/b"])("says the same: a gateway for the device %s", (sub) => {
    for (const { key, did } of DEVICES) {
      const claims: CoseClaims = {
        ...{ iss: did, sub, aud: "https://plant.example/a", iat: 1_700_000_000 },
        ...{ act: "event", epo: 0, seq: 0, prv: null, body: {} },
      }
      const said = saidBy(cose(claims, key))
      expect(said).toEqual(saidBy(jws(claims, key)))
      if (sub === "meter-1") expect(said).toMatchObject({ claims: { iss: `${did}/meter-1` } })
      else expect(said).toMatchObject({ iss: did, refused: expect.stringContaining("sub") })
    }
  })

  it("says the same: a presentation", () => {
    for (const { key, did } of DEVICES) {
      const claims = { iss: did, aud: "urn:assay:demo", iat: 1_790_000_000, vc: ["a.b.c", "d.e.f"] }
      expect(saidBy(cose(claims, key))).toEqual(saidBy(jws(claims, key)))
    }
  })

  it.each(DEVICES)("is signed by its device, and routed to it: %#", ({ key, did }) => {
    const bytes = cose(telemetry(did), key)
    const opened = openMessage(bytes)
    const device = resolveDeviceKey(did)
    if ("reason" in opened || "reason" in device) throw new Error("both are whole")
    expect(verifyNow(device, opened.signingInput, opened.signature)).toBe(VALID)
    expect(claimedIssuer(bytes)).toBe(did)
    expect(claimedIssuer(jws(telemetry(did), key))).toBe(did)
    expect([isCose(bytes), isCose(jws(telemetry(did), key))]).toEqual([true, false])
  })

  it("takes at most 220 bytes with one reading and a did:key, less than half of the JWS", () => {
    for (const { key, did } of DEVICES.filter(({ did }) => did.startsWith("did:key:"))) {
      const [small, large] = [cose(telemetry(did), key), jws(telemetry(did), key)]
      expect(small.length).toBeLessThanOrEqual(220)
      expect(small.length * 2).toBeLessThan(large.length)
    }
  })
})
