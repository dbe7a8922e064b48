/**
 * `vectors/compact-messages.json`, for authors of firmware: what each input gives in both formats, and what is wrong with the others.
 * `VECTORS_TAKE=true` writes the file anew.
 */
import { createPrivateKey, type JsonWebKey } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { resolveDeviceKey } from "@assay/did"
import { signClaims } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"
import { describe, expect, it } from "vitest"
import { type CoseClaims, coseMessage, openMessage } from "../src/index.ts"
import { inputs, mistakes } from "./vector-inputs.ts"

const FILE = new URL("../vectors/compact-messages.json", import.meta.url)

interface Vectors {
  readonly about: string
  readonly messages: ReadonlyArray<{
    readonly name: string
    readonly key: JsonWebKey
    readonly kid: string
    readonly claims: CoseClaims
    readonly cose: string
    readonly jws: string
    /** SHA-256 of what each signs, base64url: the `prv` of the next message. */
    readonly coseDigest: string
    readonly jwsDigest: string
  }>
  readonly refused: ReadonlyArray<{
    readonly name: string
    readonly cose: string
    readonly reason: string
    readonly detail: string
  }>
}

const digestOf = (bytes: Uint8Array): string => {
  const opened = openMessage(bytes)
  if ("reason" in opened) throw new Error(opened.detail)
  return opened.digest.toString("base64url")
}

const taken = (): Vectors => ({
  about:
    "Messages of Assay. cose is hexadecimal, jws is text; both say claims and are signed with key. refused: each has one thing wrong, and meets reason.",
  messages: inputs().map(({ name, key, kid, claims }) => {
    const signing = createPrivateKey({ key, format: "jwk" })
    const cose = coseMessage(claims, signing, kid)
    const kind = claims.vc !== undefined ? "presentation" : claims.evidence !== undefined ? "evidence" : "message"
    const typ = `m2m-${kind}+jwt`
    const jws = signClaims(claims, signing, { kid, typ })
    return {
      name,
      key,
      kid,
      claims,
      cose: cose.toString("hex"),
      jws: jws.toString("latin1"),
      coseDigest: digestOf(cose),
      jwsDigest: digestOf(jws),
    }
  }),
  refused: mistakes().map(({ name, cose }) => ({ name, cose: cose.toString("hex"), ...refusalOf(cose) })),
})

/** As identity-resolver would say it, as far as the bytes alone tell. */
const refusalOf = (bytes: Uint8Array): { readonly reason: string; readonly detail: string } => {
  const opened = openMessage(bytes)
  if ("reason" in opened) return { reason: `identity.${opened.reason}`, detail: opened.detail }
  const { header, read, signingInput, signature } = opened
  if ("reason" in read) return { reason: `identity.${read.reason}`, detail: read.detail }
  const key = resolveDeviceKey(read.claims.iss)
  if ("reason" in key) return { reason: `identity.${key.reason}`, detail: key.detail }
  if (key.kid !== header.kid) return { reason: "identity.key_mismatch", detail: `expected ${key.kid}` }
  if (key.alg !== header.alg) return { reason: "identity.alg_refused", detail: `the key is for ${key.alg}` }
  if (verifyNow(key, signingInput, signature) !== VALID)
    return { reason: "identity.signature_invalid", detail: "the signature does not verify" }
  return { reason: "identity.readings_refused", detail: read.fault ?? "nothing is wrong" }
}

if (process.env["VECTORS_TAKE"] === "true") writeFileSync(FILE, `${JSON.stringify(taken(), null, 2)}\n`)
const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors

describe("the vectors for authors of firmware", () => {
  it("are what our own signer makes: change them only with the format", () => {
    expect(vectors).toEqual(JSON.parse(JSON.stringify(taken())))
  })

  it("have the message that the guide shows byte by byte", () => {
    const guide = new URL("../../../docs/guides/compact-messages.md", import.meta.url)
    const [, dump] = /## A message, byte by byte.*?```\n(.*?)```/s.exec(readFileSync(guide, "utf8"))!
    const hex = dump!.split("\n").map((line) => /^[0-9a-f ]*?(?= {4}|$)/.exec(line.trim())![0])
    expect(hex.join("").replaceAll(" ", "")).toBe(vectors.messages[1]!.cose)
  })

  it.each(vectors.messages)("both formats hold: $name", ({ cose, jws, claims }) => {
    for (const bytes of [Buffer.from(cose, "hex"), Buffer.from(jws)]) {
      expect(refusalOf(bytes)).toMatchObject({ detail: "nothing is wrong" })
      const opened = openMessage(bytes)
      if ("reason" in opened || "reason" in opened.read) throw new Error("it is whole")
      expect(opened.read.claims).toMatchObject({ iss: claims.iss, aud: claims.aud, iat: claims.iat })
    }
  })

  it.each(vectors.refused)("is refused: $name", ({ cose, reason, detail }) => {
    expect(refusalOf(Buffer.from(cose, "hex"))).toEqual({ reason, detail })
    expect(detail).not.toBe("nothing is wrong")
  })
})
