import { encodeDidJwk, publicKeyOf } from "@assay/did"
import { signClaims } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { ReasonCode, Verb } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { CONTROL_TYP, openCommand } from "../../src/authority/command.ts"

const [a, b, weak, stranger] = [actor(), actor("ES256"), actor(), actor()]
const AUD = "https://plant.example/"
/** Begun at 900 seconds. */
const LOG = { epoch: 1, genesis: 900_000 }
const TIME = 1_000_000
const all: ReadonlyArray<Verb> = ["quarantine", "release", "revoke", "breaker-override"]
const bundle = bundleOf(actor(), {
  operators: [
    { did: a.did, rights: all },
    { did: b.did, rights: all },
    { did: weak.did, rights: ["quarantine"] },
  ],
})

const sign = (who: Actor, over: object = {}, typ = CONTROL_TYP): string =>
  signClaims(
    {
      iss: who.did,
      aud: AUD,
      log: "assay-log:1:900000",
      iat: 990,
      exp: 1100,
      seq: 7,
      target: "did:key:zX",
      verb: "revoke",
      reason: "stolen",
      ...over,
    },
    who.key,
    { kid: who.kid, typ },
  ).toString()

const flipped = (token: string): string => `${token.slice(0, -5)}${token.at(-5) === "A" ? "B" : "A"}${token.slice(-4)}`

describe("openCommand", () => {
  it("accepts two operators and gives their numbers for replay protection", () => {
    expect(openCommand([sign(a), sign(b, { seq: 9 })], bundle, TIME, LOG)).toEqual({
      fact: {
        accepted: true,
        reasons: [],
        what: { kind: "command", verb: "revoke", target: "did:key:zX", signers: [a.did, b.did], reason: "stolen" },
      },
      sequences: [
        { signer: a.did, seq: 7 },
        { signer: b.did, seq: 9 },
      ],
      detail: null,
    })
  })

  it.each<[string, string[], ReasonCode[]]>([
    ["one operator for revoke", [sign(a)], ["control.threshold"]],
    ["the same operator twice", [sign(a), sign(a, { seq: 8 })], ["control.threshold"]],
    ["one operator for a breaker override", [sign(a, { verb: "breaker-override" })], ["control.threshold"]],
    ["one operator for quarantine", [sign(a, { verb: "quarantine" })], []],
    ["one operator for release, as the bundle says", [sign(a, { verb: "release" })], []],
    ["an operator without the right", [sign(a), sign(weak)], ["control.right_missing"]],
    ["a stranger", [sign(a), sign(stranger)], ["control.not_operator"]],
    ["a stranger in an operator's name", [sign(a), sign({ ...stranger, did: b.did })], ["control.signature_invalid"]],
    ["a changed signature", [sign(a), flipped(sign(b))], ["control.signature_invalid"]],
    ["different targets", [sign(a), sign(b, { target: "did:key:zY" })], ["control.malformed"]],
    ["different verbs", [sign(a), sign(b, { verb: "quarantine" })], ["control.malformed"]],
    ["another audience", [sign(a), sign(b, { aud: "https://other.example/" })], ["control.audience_refused"]],
    ["another log", [sign(a), sign(b, { log: "assay-log:1:900001" })], ["control.audience_refused"]],
    ["another epoch", [sign(a), sign(b, { log: "assay-log:2:900000" })], ["control.audience_refused"]],
    ["no log", [sign(a), sign(b, { log: undefined })], ["control.malformed"]],
    ["a token from before the log", [sign(a), sign(b, { iat: 839 })], ["control.expired"]],
    ["different reasons", [sign(a), sign(b, { reason: "lost" })], ["control.malformed"]],
    ["an expired token", [sign(a), sign(b, { exp: 1000 })], ["control.expired"]],
    ["a token of the future", [sign(a), sign(b, { iat: 1061 })], ["control.expired"]],
    ["a token that lives too long", [sign(a), sign(b, { exp: 990 + 86_401 })], ["control.expired"]],
    ["a token of another type", [sign(a), sign(b, {}, "m2m-message+jwt")], ["control.malformed"]],
    ["an unknown member", [sign(a), sign(b, { nbf: 1 })], ["control.malformed"]],
    ["an unknown verb", [sign(a, { verb: "explode" })], ["control.malformed"]],
    ["characters that fold onto base64url", [`\u0165${sign(a).slice(1)}`, sign(b)], ["control.malformed"]],
    ["no token", [], ["control.malformed"]],
    ["more tokens than are read", Array.from({ length: 17 }, () => sign(a)), ["control.malformed"]],
  ])("%s", (_, tokens, reasons) => {
    const { fact } = openCommand(tokens, bundle, TIME, LOG)
    expect(fact.reasons).toEqual(reasons)
    expect(fact.accepted).toBe(reasons.length === 0)
  })

  it("counts one key once, and its numbers on, whatever DIDs a bundle names it by", () => {
    const did = encodeDidJwk(publicKeyOf(a.key))
    const renamed: Actor = { did, kid: `${did}#0`, key: a.key }
    const lax = { ...bundle, operators: [a.did, did].map((one) => ({ did: one, rights: all })) }
    const { fact, sequences } = openCommand([sign(a), sign(renamed, { seq: 8 })], lax, TIME, LOG)
    expect(fact.reasons).toEqual(["control.threshold"])
    expect(sequences).toEqual([{ signer: a.did, seq: 8 }])
    // Only by the DID that the bundle says is anybody an operator.
    expect(openCommand([sign(renamed), sign(b)], bundle, TIME, LOG).fact.reasons).toEqual(["control.not_operator"])
  })

  it("keeps the floor of two even where a bundle says one", () => {
    const lax = { ...bundle, thresholds: { ...bundle.thresholds, revoke: 1 } }
    expect(openCommand([sign(a)], lax, TIME, LOG).fact.reasons).toEqual(["control.threshold"])
  })

  it("lets operators tighten under an expired bundle, but not loosen", () => {
    const expired = { ...bundle, expires: TIME }
    expect(openCommand([sign(a, { verb: "quarantine" })], expired, TIME, LOG).fact.accepted).toBe(true)
    expect(openCommand([sign(a, { verb: "release" })], expired, TIME, LOG).fact.reasons).toEqual([
      "control.knowledge_expired",
    ])
  })
})
