/**
 * Two devices show each other that they hold the keys of their passports, in three messages, with no network and no clock.
 * Each signs both nonces, both roles, both passports and the channel (`transcript.ts`), so that nothing recorded, reflected,
 * mixed or relayed from another channel counts. A state machine of plain values: a message that does not fit ends it for good.
 *
 *   initiator   hello-sent --answer--> done
 *   responder   waiting --hello--> answered --finish--> done
 *
 * The initiator is done before the responder knows: what it sends next tells. `test/handshake/model.test.ts` explores it.
 */
import { toBase64 } from "../bytes/bytes.ts"
import { sha256, verify } from "../key/verify.ts"
import { isRefused, type PassportReason, type Refused, refuse } from "../reason.ts"
import type { Slice } from "../slice/slice.ts"
import { keyOf, openPassport, type Passport } from "../token/open.ts"
import { inputOf, type Role, type Side, transcriptOf } from "./transcript.ts"
import { ANSWER, decodeStep, encodeStep, FINISH, HELLO } from "./wire.ts"

/** What one side brings. A value is for one handshake: the nonce must never be used again. */
export interface Own {
  readonly did: string
  readonly passport: Uint8Array
  /** 32 bytes from the device's random source. */
  readonly nonce: Uint8Array
  /**
   * What names the channel to both sides and to nobody else, for example the exporter of TLS 1.3 (RFC 9266). It is what keeps a
   * relay from standing between; empty where there is none.
   */
  readonly channel: Uint8Array
  /** 64 bytes over `input` by the key of the DID; the key itself may lie in a chip. */
  readonly sign: (input: Uint8Array) => Promise<Uint8Array>
}

/** A peer that has shown its key on this channel. */
export interface Handshake {
  readonly peer: Passport
  /** This device's. */
  readonly role: Role
  /** base64url SHA-256 of the transcript: the same on both sides, never twice. */
  readonly id: string
}

/** What a handshake needs besides messages; the model of the tests brings its own. */
export interface Checks {
  open(passport: Uint8Array): Promise<Passport | Refused>
  verify(peer: Passport, input: Uint8Array, signature: Uint8Array): Promise<boolean>
  hash(bytes: Uint8Array): Promise<Uint8Array>
}

export const checksOf = (slice: Slice): Checks => ({
  open: (passport) => openPassport(passport, slice),
  verify: (peer, input, signature) => verify(keyOf(peer)!, { input, signature }),
  hash: sha256,
})

export type HandshakeState =
  | { readonly phase: "waiting" | "hello-sent"; readonly own: Own }
  | { readonly phase: "answered"; readonly own: Own; readonly peer: Passport; readonly transcript: Uint8Array }
  | { readonly phase: "done"; readonly handshake: Handshake }
  | { readonly phase: "failed"; readonly refused: Refused }

export interface HandshakeStep {
  readonly state: HandshakeState
  /** To be sent to the peer. */
  readonly send: Uint8Array | null
}

/** The initiator's first step. */
export const beginHandshake = (own: Own): HandshakeStep => ({
  state: { phase: "hello-sent", own },
  send: encodeStep(HELLO, own.nonce, own.passport),
})

/** The responder's first state. */
export const awaitHandshake = (own: Own): HandshakeState => ({ phase: "waiting", own })

const failed = (reason: PassportReason, detail: string): HandshakeStep => ({
  state: { phase: "failed", refused: refuse(reason, detail) },
  send: null,
})

/** What the message of the peer leads to. A finished or failed handshake takes no more. */
export const stepHandshake = async (
  state: HandshakeState,
  bytes: Uint8Array,
  checks: Checks,
): Promise<HandshakeStep> => {
  const { phase } = state
  if (phase === "done" || phase === "failed") return failed("handshake.out_of_order", phase)
  const kind = phase === "waiting" ? HELLO : phase === "hello-sent" ? ANSWER : FINISH
  const parts = decodeStep(kind, bytes)
  if (parts === null) return failed("handshake.malformed", phase)
  const { own } = state
  if (phase === "answered") return finish(state.peer, "responder", state.transcript, parts[0]!, checks)

  const [nonce, passport, signature] = parts as [Uint8Array, Uint8Array, Uint8Array]
  const peer = await checks.open(passport)
  if (isRefused(peer)) return failed("handshake.passport_refused", peer.reason)
  // A device that answers itself would show the key, and prove nothing.
  if (peer.sub === own.did) return failed("handshake.with_itself", own.did)
  const theirs: Side = { nonce, passport }
  if (kind === ANSWER) {
    const transcript = await transcriptOf(own, theirs, own.channel, checks.hash)
    const finished = await finish(peer, "initiator", transcript, signature, checks)
    if (finished.state.phase === "failed") return finished
    return { ...finished, send: encodeStep(FINISH, await own.sign(inputOf("initiator", transcript))) }
  }
  const transcript = await transcriptOf(theirs, own, own.channel, checks.hash)
  const mine = await own.sign(inputOf("responder", transcript))
  return {
    state: { phase: "answered", own, peer, transcript },
    send: encodeStep(ANSWER, own.nonce, own.passport, mine),
  }
}

/** The peer has shown its key, or not. @param role this device's */
const finish = async (
  peer: Passport,
  role: Role,
  transcript: Uint8Array,
  signature: Uint8Array,
  { verify, hash }: Checks,
): Promise<HandshakeStep> => {
  if (!(await verify(peer, inputOf(role === "initiator" ? "responder" : "initiator", transcript), signature)))
    return failed("handshake.signature_invalid", peer.sub)
  return {
    state: { phase: "done", handshake: { peer, role, id: toBase64(await hash(transcript)) } },
    send: null,
  }
}
