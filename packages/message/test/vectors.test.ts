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
import { coseMistakes, inputs, jwsMistakes } from "./vector-inputs.ts"

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
    readonly verdict: "pass"
  }>
  readonly refused: ReadonlyArray<Refused>
}

/** In one of the formats. */
type Refused = ({ readonly cose: string } | { readonly jws: string }) & {
  readonly name: string
  readonly verdict: "fail"
  readonly reason: string
  readonly detail: string
}

const bytesOf = (refused: { readonly cose: string } | { readonly jws: string }): Buffer =>
  "cose" in refused ? Buffer.from(refused.cose, "hex") : Buffer.from(refused.jws)

const digestOf = (bytes: Uint8Array): string => {
  const opened = openMessage(bytes)
  if ("reason" in opened) throw new Error(opened.detail)
  return opened.digest.toString("base64url")
}

const taken = (): Vectors => ({
  about:
    "Messages of Assay. cose is hexadecimal, jws is text; both say claims and are signed with key. refused: each has one thing wrong, and meets reason. Ed25519 signs deterministically; another P-256 signature over the same bytes is as good.",
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
      verdict: "pass",
    }
  }),
  refused: [...coseMistakes().map(({ name, cose }) => ({ name, cose: cose.toString("hex") })), ...jwsMistakes()].map(
    (one) => ({ ...one, verdict: "fail", ...refusalOf(bytesOf(one)) }),
  ),
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

  it.each(vectors.refused)("is refused: $name", (refused) => {
    const { reason, detail } = refused
    expect(refusalOf(bytesOf(refused))).toEqual({ reason, detail })
    expect(detail).not.toBe("nothing is wrong")
  })

  it("hold the promise of the guide: a message with one reading takes at most 220 bytes", () => {
    const sizes = vectors.messages
      .filter(({ name }) => name.startsWith("one reading"))
      .map(({ cose }) => cose.length / 2)
    expect(sizes).toHaveLength(3)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(220)
  })

  it("have the JWS that the guide shows part by part", () => {
    const guide = new URL("../../../docs/guides/compact-messages.md", import.meta.url)
    const [, shown] = /## The same message as a JWS.*?```\n(.*?)```/s.exec(readFileSync(guide, "utf8"))!
    const parts = shown!
      .trimEnd()
      .split("\n.\n")
      .map((part) => part.replaceAll("\n", ""))
    const [header, payload, signature] = parts as [string, string, string]
    const jws = `${Buffer.from(header).toString("base64url")}.${Buffer.from(payload).toString("base64url")}.${signature}`
    expect(jws).toBe(vectors.messages[1]!.jws)
  })
})
