import { describe, expect, it } from "vitest"
import { encodeCbor } from "../../src/bytes/cbor.ts"
import {
  awaitHandshake,
  beginHandshake,
  checksOf,
  type Handshake,
  type HandshakeState,
  type Own,
  stepHandshake,
} from "../../src/index.ts"
import { claimsFor, passportCwt, passportJwt, type Signer, SLICE, signer } from "../made.ts"

const CHECKS = checksOf(SLICE)
const CHANNEL = Buffer.from("the exporter of one connection")

let drawn = 0
const own = (by: Signer, changes: Partial<Own> = {}): Own => ({
  did: by.did,
  passport: passportCwt(claimsFor(by.did)),
  nonce: new Uint8Array(32).fill(++drawn),
  channel: CHANNEL,
  sign: async (input) => by.sign(input),
  ...changes,
})

const reasonOf = (state: HandshakeState): string => (state.phase === "failed" ? state.refused.reason : state.phase)
const doneOf = (state: HandshakeState): Handshake => {
  if (state.phase !== "done") throw new Error(reasonOf(state))
  return state.handshake
}

/** All three messages. @param between what a carrier makes of the nth */
const run = async (a: Own, b: Own, between: (nth: number, bytes: Uint8Array) => Uint8Array = (_, bytes) => bytes) => {
  const begun = beginHandshake(a)
  const answered = await stepHandshake(awaitHandshake(b), between(1, begun.send!), CHECKS)
  if (answered.send === null) return { initiator: begun.state, responder: answered.state }
  const finished = await stepHandshake(begun.state, between(2, answered.send), CHECKS)
  if (finished.send === null) return { initiator: finished.state, responder: answered.state }
  const last = await stepHandshake(answered.state, between(3, finished.send), CHECKS)
  return { initiator: finished.state, responder: last.state }
}

describe.each([
  ["Ed25519", "ES256"],
  ["ES256", "Ed25519"],
] as const)("an %s device and an %s device", (one, other) => {
  it("know each other after three messages, by one id", async () => {
    const [a, b] = [signer(one), signer(other)]
    const { initiator, responder } = await run(own(a), own(b, { passport: passportJwt(claimsFor(b.did)) }))
    expect(doneOf(initiator)).toMatchObject({ role: "initiator", peer: { sub: b.did } })
    expect(doneOf(responder)).toMatchObject({ role: "responder", peer: { sub: a.did } })
    expect(doneOf(initiator).id).toBe(doneOf(responder).id)
  })
})

describe("it fails", () => {
  const [a, b] = [signer(), signer()]
  it("where a carrier changes any byte of any message", async () => {
    for (const nth of [1, 2, 3])
      for (const at of [0, 3, 20, 60, -20]) {
        const changed = await run(own(a), own(b), (n, bytes) => {
          if (n !== nth) return bytes
          const copy = Uint8Array.from(bytes)
          const place = at < 0 ? copy.length + at : Math.min(at, copy.length - 1)
          copy[place]! ^= 1
          return copy
        })
        expect([changed.initiator.phase, changed.responder.phase], `byte ${at} of message ${nth}`).toContain("failed")
      }
  })

  it("where the channels differ: somebody stands between", async () => {
    const { initiator } = await run(own(a), own(b, { channel: Buffer.from("another connection") }))
    expect(reasonOf(initiator)).toBe("handshake.signature_invalid")
  })

  it("with a passport whose key the peer does not have", async () => {
    const stolen = own(signer(), { did: b.did, passport: passportCwt(claimsFor(b.did)) })
    expect(reasonOf((await run(own(a), stolen)).initiator)).toBe("handshake.signature_invalid")
    expect(reasonOf((await run(stolen, own(a))).responder)).toBe("handshake.signature_invalid")
  })

  it("with a passport that is refused", async () => {
    const foreign = own(b, { passport: passportCwt(claimsFor(b.did, { iss: signer().did })) })
    expect(reasonOf((await run(own(a), foreign)).initiator)).toBe("handshake.passport_refused")
    expect(reasonOf((await run(foreign, own(a))).responder)).toBe("handshake.passport_refused")
  })

  it("with oneself", async () => {
    expect(reasonOf((await run(own(a), own(a))).responder)).toBe("handshake.with_itself")
  })

  it("where messages are repeated, skipped or of another kind", async () => {
    const begun = beginHandshake(own(a))
    const waiting = awaitHandshake(own(b))
    const answered = await stepHandshake(waiting, begun.send!, CHECKS)
    expect(reasonOf((await stepHandshake(waiting, answered.send!, CHECKS)).state)).toBe("handshake.malformed")
    expect(reasonOf((await stepHandshake(begun.state, begun.send!, CHECKS)).state)).toBe("handshake.malformed")
    expect(reasonOf((await stepHandshake(answered.state, begun.send!, CHECKS)).state)).toBe("handshake.malformed")
    const finished = await stepHandshake(begun.state, answered.send!, CHECKS)
    expect(reasonOf((await stepHandshake(finished.state, answered.send!, CHECKS)).state)).toBe("handshake.out_of_order")
    const failed = await stepHandshake(waiting, new Uint8Array(0), CHECKS)
    expect(reasonOf((await stepHandshake(failed.state, begun.send!, CHECKS)).state)).toBe("handshake.out_of_order")
  })

  it.each([
    ["nothing", new Uint8Array(0)],
    ["no CBOR", Buffer.from("hello")],
    ["a short nonce", encodeCbor([1, new Uint8Array(16), new Uint8Array(1)])],
    ["a text for a passport", encodeCbor([1, new Uint8Array(32), "passport"])],
    ["a part more", encodeCbor([1, new Uint8Array(32), new Uint8Array(1), new Uint8Array(1)])],
    ["too many bytes", encodeCbor([1, new Uint8Array(32), new Uint8Array(10_000)])],
  ])("on %s", async (_, bytes) => {
    expect(reasonOf((await stepHandshake(awaitHandshake(own(b)), bytes, CHECKS)).state)).toBe("handshake.malformed")
  })
})
