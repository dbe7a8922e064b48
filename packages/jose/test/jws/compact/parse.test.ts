import { generateKeyPairSync } from "node:crypto"
import { encodeBase64url } from "@assay/did"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MAX_TOKEN_BYTES, parseCompact } from "../../../src/jws/compact/parse.ts"
import { signClaims } from "../../../src/jws/compact/sign.ts"

const TYP = ["m2m-message+jwt"]
const { privateKey } = generateKeyPairSync("ed25519")
const GOOD = signClaims({ iss: "did:key:z" }, privateKey, { kid: "did:key:z#z", typ: "m2m-message+jwt" })
const [, PAYLOAD, SIGNATURE] = GOOD.toString().split(".")

const withHeader = (json: string): Buffer =>
  Buffer.from(`${encodeBase64url(Buffer.from(json))}.${PAYLOAD}.${SIGNATURE}`)
const headerOf = (members: object): Buffer =>
  withHeader(JSON.stringify({ alg: "Ed25519", kid: "k", typ: "m2m-message+jwt", ...members }))

describe("compact JWS", () => {
  it("gives the parts, and the signing input as a view of the token", () => {
    const jws = parseCompact(GOOD, { typ: TYP })
    if ("reason" in jws) throw new Error(jws.detail)
    expect(jws.header).toEqual({ alg: "Ed25519", kid: "did:key:z#z", typ: "m2m-message+jwt" })
    expect(JSON.parse(Buffer.from(jws.payload).toString())).toEqual({ iss: "did:key:z" })
    expect(Buffer.from(jws.signingInput).toString()).toBe(GOOD.toString().slice(0, GOOD.lastIndexOf(".")))
    expect(jws.signature).toHaveLength(64)
  })

  it("reads EdDSA as Ed25519", () => {
    expect(parseCompact(headerOf({ alg: "EdDSA" }), { typ: TYP })).toMatchObject({ header: { alg: "Ed25519" } })
  })

  it.each(["none", "None", "HS256", "RS256", "PS256", "ES384", "ES256K", "Ed448", "", 1, null])(
    "refuses alg %j",
    (alg) => {
      expect(parseCompact(headerOf({ alg }), { typ: TYP })).toMatchObject({ reason: "alg_refused" })
    },
  )

  it.each(["jwk", "jku", "x5c", "x5u", "x5t", "crit", "b64", "zip", "anything"])("refuses a header with %s", (name) => {
    expect(parseCompact(headerOf({ [name]: "x" }), { typ: TYP })).toMatchObject({ reason: "header_refused" })
  })

  it("takes cty, which restricts nothing, as text", () => {
    expect(parseCompact(headerOf({ cty: "senml+json" }), { typ: TYP })).toHaveProperty("signature")
    for (const cty of [7, null, ["x"], "x".repeat(129)])
      expect(parseCompact(headerOf({ cty }), { typ: TYP })).toMatchObject({ reason: "header_refused" })
  })

  it.each(["\n", "\r\n"])("takes one line end %j behind the token, which is no part of what is signed", (end) => {
    const alone = parseCompact(GOOD, { typ: TYP })
    const ended = parseCompact(Buffer.concat([GOOD, Buffer.from(end)]), { typ: TYP })
    if ("reason" in alone || "reason" in ended) throw new Error("refused")
    expect(Buffer.from(ended.signingInput)).toEqual(Buffer.from(alone.signingInput))
    expect(ended.signature).toEqual(alone.signature)
  })

  it.each(["JWT", "m2m-control+jwt", "M2M-message+jwt", "", null])("refuses typ %j", (typ) => {
    expect(parseCompact(headerOf({ typ }), { typ: TYP })).toMatchObject({ reason: "typ_refused" })
  })

  it.each([
    ["no kid", headerOf({ kid: undefined }), "header_refused"],
    ["a kid of another type", headerOf({ kid: ["k"] }), "header_refused"],
    ["a repeated alg", withHeader('{"alg":"none","alg":"Ed25519","kid":"k","typ":"m2m-message+jwt"}'), "malformed_jws"],
    ["a header that is no object", withHeader('"Ed25519"'), "malformed_jws"],
    ["two parts", Buffer.from(`${PAYLOAD}.${SIGNATURE}`), "malformed_jws"],
    ["four parts", Buffer.from(`${GOOD}.`), "malformed_jws"],
    ["nothing", Buffer.alloc(0), "malformed_jws"],
    ["a JSON serialization", Buffer.from('{"payload":"","signatures":[]}'), "malformed_jws"],
    ["padding", Buffer.from(`${GOOD}==`), "malformed_jws"],
    ["a short signature", GOOD.subarray(0, -4), "malformed_jws"],
    ["two line ends", Buffer.from(`${GOOD}\n\n`), "malformed_jws"],
    ["a line end before it", Buffer.from(`\n${GOOD}`), "malformed_jws"],
    ["a carriage return alone", Buffer.from(`${GOOD}\r`), "malformed_jws"],
    ["a token that is too large", Buffer.alloc(MAX_TOKEN_BYTES + 1, 65), "too_large"],
    ["a header that is too large", Buffer.from(`${"A".repeat(9000)}.${PAYLOAD}.${SIGNATURE}`), "malformed_jws"],
  ])("refuses %s", (_, token, reason) => {
    expect(parseCompact(token, { typ: TYP })).toMatchObject({ reason })
  })

  it("refuses every second spelling of a signature: 64 bytes leave four bits over", () => {
    const last = SIGNATURE!.slice(-1)
    for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
      const token = Buffer.from(GOOD.toString().slice(0, -1) + letter)
      const result = parseCompact(token, { typ: TYP })
      if (letter === last || "AQgw".includes(letter)) expect(result).toHaveProperty("signature")
      else expect(result).toMatchObject({ reason: "malformed_jws" })
    }
  })

  it("never throws, and takes only what its own parts write again", () => {
    const mutated = fc
      .tuple(fc.nat(GOOD.length - 1), fc.nat(255), fc.constantFrom("set", "insert", "delete"))
      .map(([at, byte, how]) => {
        const middle = how === "delete" ? [] : how === "set" ? [byte] : [byte, GOOD[at]!]
        return Buffer.concat([GOOD.subarray(0, at), Uint8Array.from(middle), GOOD.subarray(at + 1)])
      })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (token) => {
        const jws = parseCompact(token, { typ: TYP })
        if ("reason" in jws) return
        const again = `${Buffer.from(jws.signingInput).toString()}.${encodeBase64url(jws.signature)}`
        expect(again).toBe(Buffer.from(token).toString())
        expect(again.split(".")[1]).toBe(encodeBase64url(jws.payload))
      }),
      { numRuns: 1000 },
    )
  })
})
