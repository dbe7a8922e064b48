/** Bytes that no device would send: every way in which a record can fail to be a message. */
import { encodeBase64url } from "@assay/did"
import { type Attack, rejectedFor } from "../attack.ts"
import type { Device } from "../device.ts"
import { headerOf, type Signed, signOddly, signText } from "../token.ts"

const TOO_LARGE = 256 * 1024 + 1
const TOO_DEEP = 40

const text = (value: string): Buffer => Buffer.from(value, "utf8")

/** No token at all. */
const brokenRecords = (noise: Uint8Array): ReadonlyArray<readonly [what: string, bytes: Uint8Array]> => [
  ["nothing", new Uint8Array(0)],
  ["one zero byte", Uint8Array.of(0)],
  ["random bytes", noise],
  ["invalid UTF-8", Uint8Array.of(0xc3, 0x28, 0x2e, 0xff, 0x2e, 0xfe)],
  ["JSON in clear", text(`{"iss":"did:key:z6Mk","act":"telemetry"}`)],
  ["XML", text(`<?xml version="1.0"?><m2m/>`)],
  ["CBOR of a COSE_Sign1", Buffer.from("d28443a10126a0581a546869732069732074686520636f6e74656e742e", "hex")],
  ["only dots", text("..")],
  ["two parts", text("e30.e30")],
  ["five parts, as in an encrypted token", text("e30.e30.e30.e30.e30")],
  ["larger than the cap", Buffer.alloc(TOO_LARGE, "A")],
]

/** A good token, damaged on its way. */
const damagedTokens = (good: Signed): ReadonlyArray<readonly [what: string, bytes: Uint8Array]> => {
  const token = good.bytes.toString("latin1")
  const [header, payload, signature] = token.split(".") as [string, string, string]
  return [
    ["cut off in the payload", text(token.slice(0, header.length + 20))],
    ["cut off in the signature", text(token.slice(0, -10))],
    ["two trailing newlines", text(`${token}\n\n`)],
    ["a byte order mark before it", text(`\ufeff${token}`)],
    ["padded base64", text(`${header}.${payload}.${signature}==`)],
    ["base64 of the other alphabet", text(`${header}.${payload}.${signature.slice(0, -2)}+/`)],
    // 64 bytes end in a character of which four bits mean nothing; strict readers want them to be zero.
    [
      "non-canonical base64url",
      text(`${header}.${payload}.${signature.slice(0, -1)}${lastSpelledOtherwise(signature)}`),
    ],
    ["a signature that is too short", text(`${header}.${payload}.${encodeBase64url(Buffer.alloc(63))}`)],
    ["no signature", text(`${header}.${payload}.`)],
  ]
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const lastSpelledOtherwise = (part: string): string => ALPHABET[ALPHABET.indexOf(part.at(-1)!) + 1]!

/** Rightly signed, and still nothing that a strict reader takes. */
const signedNonsense = (device: Device): ReadonlyArray<readonly [what: string, token: Signed]> => {
  const { identity } = device.profile
  const header = headerOf(identity, "m2m-message+jwt")
  const good = device.payload()
  const json = JSON.stringify(good)
  const plain = { alg: identity.alg, kid: identity.kid, typ: "m2m-message+jwt" }
  const signed = (payload: string | Uint8Array): Signed => signText(identity, header, payload)
  const said = (change: object): Signed => signed(JSON.stringify({ ...good, ...change }))
  const deep = "[".repeat(TOO_DEEP) + "]".repeat(TOO_DEEP)
  return [
    ["a payload that is no JSON", signed("temperature=12")],
    ["an empty payload", signed("")],
    ["a payload that is an array", signed(`[${json}]`)],
    ["invalid UTF-8 in the payload", signed(Buffer.concat([text('{"iss":"'), Buffer.of(0xff, 0xfe), text('"}')]))],
    ["a member twice", signed(json.replace('"act":', '"seq":7,"act":'))],
    ["a member twice, spelled differently", signed(json.replace('"act":', '"\\u0061ct":"command","act":'))],
    ["an integer that a double cannot hold", signed(json.replace(/"iat":\d+/, '"iat":9007199254740993'))],
    ["nested too deeply", signed(json.replace('"act":', `"x":${deep},"act":`))],
    ["a lone surrogate", signed(json.replace('"act":', '"x":"\\ud800","act":'))],
    ["an unknown member", said({ admin: true })],
    ["no issuer", said({ iss: undefined })],
    ["an issuer that is a number", said({ iss: 7 })],
    ["several audiences", said({ aud: [device.profile.audience] })],
    ["an audience that climbs out", said({ aud: "https://plant.example/historian/../safety/cmd" })],
    ["a broken iat", said({ iat: 1.5 })],
    ["a negative counter", said({ seq: -1 })],
    ["an act of its own", said({ act: "format" })],
    ["telemetry without readings", said({ senml: undefined })],
    ["telemetry with an empty pack", said({ senml: [] })],
    ["a command without a body", said({ act: "command", senml: undefined })],
    ["a digest that is none", said({ prv: "not-a-digest" })],
    ["a firmware digest in capitals", said({ fw: { ...device.profile.firmware, digest: "A".repeat(64) } })],
    ["an embedded key", signOddly(identity, { ...plain, jwk: { kty: "OKP", crv: "Ed25519", x: "AA" } }, good)],
    ["a key by URL", signOddly(identity, { ...plain, jku: "http://169.254.169.254/keys" }, good)],
    ["a critical extension", signOddly(identity, { ...plain, crit: ["b64"], b64: false }, good)],
    ["compression", signOddly(identity, { ...plain, zip: "DEF" }, good)],
    ["no kid", signOddly(identity, { alg: plain.alg, typ: plain.typ }, good)],
  ]
}

export const malformedBytes: Attack = {
  name: "malformed-bytes",
  title: "Malformed bytes of every kind, also rightly signed ones",
  category: "malformed",
  expect: rejectedFor(
    "identity.malformed_record",
    "identity.malformed_cose",
    "identity.malformed_jws",
    "identity.malformed_claims",
    "identity.header_refused",
    "identity.too_large",
  ),
  victimStaysTrusted: true,
  *inject(scene) {
    const victim = scene.device()
    yield* scene.learn(victim)
    const good = victim.message()
    for (const [, bytes] of brokenRecords(scene.bytes("noise"))) yield scene.attempt(victim.did, bytes)
    for (const [, bytes] of damagedTokens(good)) yield scene.attempt(victim.did, bytes)
    for (const [, token] of signedNonsense(victim)) yield scene.attempt(victim.did, token)
    yield scene.lead(victim, good)
    yield* scene.staysTrusted(victim)
  },
}
