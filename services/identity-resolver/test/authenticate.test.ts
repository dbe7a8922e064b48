import { encodeBase64url } from "@assay/did"
import { ERROR } from "@assay/jose/verify"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { authenticator } from "../src/authenticate.ts"
import { AUDIENCE, Driver, device, NOW, type Submission, submit } from "./fixtures.ts"

const pump = device()
const thief = device()
const curved = device("ES256")
const good = pump.message()

const bend = (token: Buffer, at: number): Buffer => {
  const bent = Buffer.from(token)
  bent[at] = bent[at] === 65 ? 66 : 65
  return bent
}
/** One bit of the counter: still a fine message, but not the signed one. */
const altered = (token: Buffer): Buffer => {
  const [header, payload, signature] = token.toString().split(".")
  const bent = Buffer.from(Buffer.from(payload!, "base64url").toString().replace('"seq":0', '"seq":1'))
  return Buffer.from(`${header}.${encodeBase64url(bent)}.${signature}`)
}
const withHeader = (token: Buffer, header: object): Buffer => {
  const [, payload, signature] = token.toString().split(".")
  return Buffer.from(`${encodeBase64url(Buffer.from(JSON.stringify(header)))}.${payload}.${signature}`)
}
const TYP = "m2m-message+jwt"
const claims = (iss: string) => ({ iss, aud: AUDIENCE, iat: NOW, act: "event", epo: 1, seq: 0, body: {} })

const CASES: ReadonlyArray<[string, Submission, string]> = [
  ["another payload under the same signature", submit(pump, altered(good)), "identity.signature_invalid"],
  ["a bit flip in the signature", submit(pump, bend(good, good.length - 20)), "identity.signature_invalid"],
  ["another device's key", submit(pump, thief.sign(claims(pump.did), TYP, pump.kid)), "identity.signature_invalid"],
  ["another device's kid", submit(pump, thief.sign(claims(pump.did))), "identity.key_mismatch"],
  ["a kid without fragment", submit(pump, pump.sign(claims(pump.did), TYP, pump.did)), "identity.key_mismatch"],
  ["alg none", submit(pump, withHeader(good, { alg: "none", kid: pump.kid, typ: TYP })), "identity.alg_refused"],
  ["alg HS256", submit(pump, withHeader(good, { alg: "HS256", kid: pump.kid, typ: TYP })), "identity.alg_refused"],
  ["the other alg", submit(pump, withHeader(good, { alg: "ES256", kid: pump.kid, typ: TYP })), "identity.alg_refused"],
  [
    "a key in the header",
    submit(pump, withHeader(good, { alg: "Ed25519", kid: pump.kid, typ: TYP, jwk: {} })),
    "identity.header_refused",
  ],
  ["a control message", submit(pump, pump.sign(claims(pump.did), "m2m-control+jwt")), "identity.typ_refused"],
  ["another routing key", submit(pump, good, { key: thief.did }), "identity.misrouted"],
  ["no routing key", submit(pump, good, { key: "" }), "identity.misrouted"],
  ["another partition", submit(pump, good, { partition: 3 }), "identity.misrouted"],
  ["did:ethr", submit(pump, pump.sign(claims("did:ethr:0xb9c5"))), "identity.did_unsupported"],
  [
    "did:web under the key of another DID",
    submit(pump, pump.sign(claims("did:web:plant.example"))),
    "identity.key_mismatch",
  ],
  ["did:web of an address", submit(pump, pump.sign(claims("did:web:127.0.0.1"))), "identity.did_invalid"],
  ["a broken did", submit(pump, pump.sign(claims("did:key:z6Mk"))), "identity.did_invalid"],
  ["no did", submit(pump, pump.sign(claims("pump"))), "identity.did_invalid"],
  [
    "the identity point as key",
    submit(pump, pump.sign(claims("did:key:z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"))),
    "identity.weak_key",
  ],
  ["random bytes", submit(pump, Buffer.from([0, 255, 46, 7, 46, 9])), "identity.malformed_jws"],
  ["nothing", submit(pump, Buffer.alloc(0)), "identity.malformed_jws"],
  ["too much", submit(pump, Buffer.alloc(300_000, 65)), "identity.too_large"],
]

describe("authentication", () => {
  it.each(CASES)("rejects %s", async (_, submission, reason) => {
    const driver = new Driver()
    expect(await driver.outcome(submission)).toEqual(["rejected", reason])
    expect(driver.messages[0]!.claims).toBeNull()
    expect(driver.states.size).toBe(0)
  })

  it("invariant 2: junk in a device's name changes nothing of it", async () => {
    const driver = new Driver()
    await driver.run([submit(pump, good), submit(curved, curved.message())])
    const before = new Map(driver.states)
    await driver.run(CASES.map(([, submission]) => submission))
    await driver.run([submit(pump, good)])
    expect(driver.states).toEqual(before)
  })

  it("never throws and never authenticates bytes that differ from the signed ones", async () => {
    const driver = new Driver()
    const edits = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const token = Buffer.from(good)
        for (const [at, byte] of changes) token[at] = byte
        fc.pre(!token.equals(good))
        const [outcome] = await driver.outcome(submit(pump, token))
        expect(outcome).toBe("rejected")
      }),
    )
    expect(driver.states.size).toBe(0)
  })

  it("says of a mistake that its device signed that it did, and of any other that it did not", async () => {
    const driver = new Driver()
    const odd = { ...claims(pump.did), iat: NOW + 0.25 }
    const detailOf = async (bytes: Uint8Array) => {
      const [judgement] = await driver.run([submit(pump, bytes)])
      if (judgement?.rejection === undefined) throw new Error("not rejected")
      expect(judgement.rejection.reason).toBe("identity.malformed_claims")
      return judgement.rejection.detail
    }
    expect(await detailOf(pump.sign(odd))).toBe("rightly signed by its iss, but iat is not in whole seconds")
    expect(await detailOf(thief.sign(odd, TYP, pump.kid))).toBe("iat is not in whole seconds")
    expect(await detailOf(pump.sign({ ...odd, iss: "nobody" }))).toBe("iat is not in whole seconds")
    expect(driver.states.size).toBe(0)
  })

  it("names a reading that is wrong, and the message has its place all the same", async () => {
    const driver = new Driver()
    const senml = [
      { bn: "pump/", n: "ok", v: 1 },
      { n: "tem perature", v: 81 },
    ]
    const [judged] = await driver.run([
      submit(pump, pump.message({ act: "telemetry", body: undefined, senml })),
      submit(pump, pump.message({ seq: 1 })),
    ])
    if (judged?.rejection !== undefined) throw new Error("rejected")
    expect(judged?.verdict).toMatchObject({ outcome: "fail", reasons: ["identity.readings_refused"] })
    expect(judged?.verdict.detail).toMatch(/senml record 1 has a name/)
    expect(driver.states.get(pump.did)).toMatchObject({ epo: 1, head: 1 })
  })

  it("reads a token that a file or a shell ended with a line end", async () => {
    const driver = new Driver()
    const [outcome] = await driver.outcome(submit(pump, Buffer.concat([good, Buffer.from("\n")])))
    expect(outcome).toBe("pass")
  })

  it("verifies by itself where the pool failed, so that the accident changes no verdict", async () => {
    const [message] = await messageOf()
    const died = authenticator(
      { partitionOf: () => 0, verify: async (jobs) => new Uint8Array(jobs.length).fill(ERROR) },
      10,
    )
    const closed = authenticator({ partitionOf: () => 0, verify: () => Promise.reject(new Error("closed")) }, 10)
    expect(await died([message!])).toMatchObject([{ claims: { iss: pump.did } }])
    expect(await closed([message!])).toMatchObject([{ claims: { iss: pump.did } }])
  })
})

const messageOf = async () => {
  const driver = new Driver()
  await driver.run([submit(pump, good)])
  return driver.messages
}
