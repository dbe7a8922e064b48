/** What the vectors are made of. Keys are those of RFC 8032 (section 7.1, test 1) and RFC 7515 (appendix A.3). */
import { createPrivateKey, type JsonWebKey, sign } from "node:crypto"
import { type Encodable, encodeCbor, signSign1 } from "@assay/cose"
import { encodeDidJwk, encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { kidBytesOf } from "../src/cose/issuer.ts"
import { type CoseClaims, coseMessage } from "../src/index.ts"

const ED25519: JsonWebKey = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
const P256: JsonWebKey = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
const signing = createPrivateKey({ key: ED25519, format: "jwk" })
const pub = publicKeyOf(signing)
const DID = encodeDidKey(pub)

const kidOf = (did: string): string => {
  const key = resolveDeviceKey(did)
  if ("reason" in key) throw new Error(key.detail)
  return key.kid
}

export interface VectorInput {
  readonly name: string
  readonly key: JsonWebKey
  readonly kid: string
  readonly claims: CoseClaims
}

const common = { aud: "urn:assay:demo", iat: 1_790_000_000 }
const first = { ...common, act: "telemetry" as const, epo: 0, seq: 0, prv: null }
const later = { ...first, epo: 2, seq: 4_711, prv: "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ" }

export const inputs = (): ReadonlyArray<VectorInput> => {
  const said = (name: string, key: JsonWebKey, did: string, claims: Omit<CoseClaims, "iss">): VectorInput => {
    return { name, key, kid: kidOf(did), claims: { iss: did, ...claims } }
  }
  const p256 = publicKeyOf(createPrivateKey({ key: P256, format: "jwk" }))
  return [
    said("one reading, Ed25519, the first message", ED25519, DID, {
      ...first,
      senml: [{ n: "temp", u: "Cel", v: 21.5 }],
    }),
    said("one reading, Ed25519, a later one", ED25519, DID, { ...later, senml: [{ n: "temp", u: "Cel", v: 21.5 }] }),
    said("one reading, P-256", P256, encodeDidKey(p256), { ...later, senml: [{ n: "temp", u: "Cel", v: -4.1 }] }),
    said("a did:jwk", ED25519, encodeDidJwk(pub), { ...later, senml: [{ n: "door", vb: true }] }),
    said("bases, times, texts, data", ED25519, DID, {
      ...later,
      senml: [
        { bn: "pump/7/", bt: 1_789_999_990, bu: "Cel", bver: 10, n: "a", v: 1.1 },
        { n: "b", t: 5, v: 100_000 },
        { n: "c", u: "/", vs: "\u00fc" },
        { n: "d", vd: "AAEC" },
        { n: "e", s: 12.5 },
      ],
    }),
    said("an event, with firmware", ED25519, DID, {
      ...later,
      act: "event",
      body: { level: 3, note: "low", ok: false, list: [1, 2.5, null] },
      fw: { vendor: "acme", class: "pump", digest: "5e".repeat(32), version: "1.2.3", svn: 4 },
    }),
    said("evidence of hardware", P256, encodeDidKey(p256), {
      ...common,
      epo: 3,
      challenge: "eyJhbGciOiJFZDI1NTE5In0.e30.AAAA",
      evidence: {
        format: "tpm2",
        ...{
          ak: "AAEC",
          key: "AwQF",
          quote: "BgcI",
          quoteSignature: "CQoL",
          certify: "DA0O",
          certifySignature: "DxAR",
        },
        pcrs: { 0: Buffer.alloc(32).toString("base64url"), 4: Buffer.alloc(32, 4).toString("base64url") },
        endorsement: "eyJhbGciOiJFZDI1NTE5In0.e30.BBBB",
        chain: ["MAA", "MAE"],
      },
    }),
    said("a presentation", ED25519, DID, { ...common, vc: ["eyJhbGciOiJFZDI1NTE5In0.e30.AAAA"] }),
  ]
}

const own = (...more: ReadonlyArray<readonly [number | string, Encodable]>): Encodable =>
  new Map<number | string, Encodable>([
    [0, 0],
    [1, 0],
    [2, 0],
    [
      4,
      [
        new Map<number, Encodable>([
          [0, "temp"],
          [2, 21.5],
        ]),
      ],
    ],
    ...more,
  ])
const KID = kidBytesOf(kidOf(DID), pub)
const made = (
  m2m: Encodable,
  kid: Uint8Array = KID,
  typ = "m2m+cwt",
  ...more: ReadonlyArray<readonly [number, Encodable]>
) =>
  signSign1(
    encodeCbor(new Map<number | string, Encodable>([[3, common.aud], [6, common.iat], ["m2m", m2m], ...more])),
    signing,
    { kid, typ },
  )
const changed = (bytes: Buffer, at: number, to: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = to
  return copy
}

/** Messages in COSE with one thing wrong. */
export const coseMistakes = (): ReadonlyArray<{ readonly name: string; readonly cose: Buffer }> => {
  const good = coseMessage({ iss: DID, ...first, senml: [{ n: "temp", v: 21.5 }] }, signing, kidOf(DID))
  const other = publicKeyOf(createPrivateKey({ key: P256, format: "jwk" }))
  return [
    { name: "no tag", cose: good.subarray(1) },
    { name: "a length longer than it need be", cose: Buffer.concat([Buffer.of(0xd2, 0x98, 4), good.subarray(2)]) },
    { name: "cut off", cose: good.subarray(0, -1) },
    { name: "a byte behind the end", cose: Buffer.concat([good, Buffer.of(0)]) },
    { name: "one bit of the signature", cose: changed(good, good.length - 1, good.at(-1)! ^ 1) },
    { name: "the typ of another token", cose: made(own(), KID, "m2m-passport+cwt") },
    { name: "another key in kid, of another kind", cose: made(own(), kidBytesOf(kidOf(encodeDidKey(other)), other)) },
    { name: "iss beside a did:key", cose: made(own(), KID, "m2m+cwt", [1, DID]) },
    { name: "an act that is none", cose: made(own([0, 9])) },
    { name: "a key that is not known", cose: made(own([7, 1])) },
    { name: "no prv behind the first", cose: made(own([2, 1])) },
    { name: "prv of 31 bytes", cose: made(own([3, Buffer.alloc(31)])) },
    {
      name: "a label of SenML as text",
      cose: made(
        own([
          4,
          [
            new Map<string, Encodable>([
              ["n", "temp"],
              ["v", 1],
            ]),
          ],
        ]),
      ),
    },
    { name: "a reading without a value", cose: made(own([4, [new Map<number, Encodable>([[0, "temp"]])]])) },
  ]
}

const base64url = (text: string): string => Buffer.from(text).toString("base64url")

/** A token of these texts, rightly signed: what is wrong stands in one of them. */
const token = (header: string, payload: string): string => {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${sign(null, Buffer.from(input), signing).toString("base64url")}`
}

/** Messages as JWS with one thing wrong. */
export const jwsMistakes = (): ReadonlyArray<{ readonly name: string; readonly jws: string }> => {
  const kid = kidOf(DID)
  const claims = { iss: DID, ...first, senml: [{ n: "temp", v: 21.5 }] }
  const header = (more: object = {}): string => JSON.stringify({ alg: "Ed25519", kid, typ: "m2m-message+jwt", ...more })
  const payload = (more: object = {}): string => JSON.stringify({ ...claims, ...more })
  const good = token(header(), payload())
  const [head, body, signature] = good.split(".") as [string, string, string]
  const other = encodeDidKey(publicKeyOf(createPrivateKey({ key: P256, format: "jwk" })))
  return [
    { name: "two parts", jws: `${head}.${body}` },
    { name: "padding", jws: `${good}=` },
    {
      name: "bits behind the end of the signature",
      jws: `${good.slice(0, -1)}${String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`,
    },
    { name: "one bit of the signature", jws: `${head}.${body}.${flipped(signature)}` },
    { name: "alg none", jws: token(header({ alg: "none" }), payload()) },
    { name: "the alg of another key", jws: token(header({ alg: "ES256" }), payload()) },
    { name: "the typ of another token", jws: token(header({ typ: "JWT" }), payload()) },
    { name: "a key in the header", jws: token(header({ jwk: { kty: "OKP" } }), payload()) },
    { name: "crit", jws: token(header({ crit: ["exp"] }), payload()) },
    { name: "another key in kid, of another kind", jws: token(header({ kid: kidOf(other) }), payload()) },
    { name: "a member twice", jws: token(header(), payload().replace("{", `{"iss":${JSON.stringify(DID)},`)) },
    { name: "an act that is none", jws: token(header(), payload({ act: "reboot" })) },
    { name: "a claim that is not known", jws: token(header(), payload({ exp: common.iat + 60 })) },
    { name: "no prv behind the first", jws: token(header(), payload({ seq: 1 })) },
    { name: "prv of 31 bytes", jws: token(header(), payload({ prv: Buffer.alloc(31).toString("base64url") })) },
    { name: "a count with a fraction", jws: token(header(), payload({ seq: 0.5 })) },
    { name: "a reading without a value", jws: token(header(), payload({ senml: [{ n: "temp" }] })) },
  ]
}

const flipped = (signature: string): string => {
  const bytes = Buffer.from(signature, "base64url")
  bytes[0]! ^= 1
  return bytes.toString("base64url")
}
