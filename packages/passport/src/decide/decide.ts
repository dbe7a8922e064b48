/**
 * May this device do that, now? Decided from what the device holds, without a network. Pure and synchronous: signatures were
 * checked when passport, slice, snapshot, message and handshake were opened. What is missing never allows anything.
 */
import type { Handshake } from "../handshake/handshake.ts"
import type { PassportReason } from "../reason.ts"
import { conduitOf, unmetBy } from "../slice/flow.ts"
import type { Slice } from "../slice/slice.ts"
import type { Passport } from "../token/open.ts"
import type { Act } from "../token/passport.ts"
import { isRevoked, type Snapshot } from "../token/snapshot.ts"
import { type Clock, timeOf } from "./clock.ts"
import type { Message, Position } from "./message.ts"

/** Acts that move machines: without a clock they need a live status. */
const MOVING: ReadonlyArray<Act> = ["command", "config", "firmware"]

export interface Revoked {
  /** The newest that the device has; null where it never had one. */
  readonly snapshot: Snapshot | null
  /** The nonce (base64url) that this device drew and asked for a live status with; null where it did not ask. */
  readonly challenge: string | null
}

interface Common {
  /** The peer's. */
  readonly passport: Passport
  readonly slice: Slice
  readonly clock: Clock
  readonly revoked: Revoked
  /** This device. Its class chooses among conduits when it speaks itself. */
  readonly self: { readonly did: string; readonly deviceClass: string | null }
}

/** A peer spoke to this device: is it to be believed and acted on? */
export interface MessageQuestion extends Common {
  readonly message: Message
  /** The place of the last message of this peer that was allowed; null where there was none. */
  readonly after: Position | null
}

/** A peer showed that it has its key: may it act towards this device, or this device towards it? */
export interface HandshakeQuestion extends Common {
  readonly handshake: Handshake
  readonly act: Act
  readonly direction: "from-peer" | "to-peer"
}

export type Decision =
  | {
      readonly outcome: "allow"
      readonly conduit: string
      /** Messages a minute that the conduit carries, for the device to count; null where it has no rate. */
      readonly ratePerMinute: number | null
      /** The decision holds no longer than this, seconds since 1970. */
      readonly until: number
      readonly reasons: readonly []
    }
  | { readonly outcome: "deny"; readonly conduit: string | null; readonly reasons: ReadonlyArray<PassportReason> }

export const decide = (question: MessageQuestion | HandshakeQuestion): Decision => {
  const { passport, slice, clock, self, revoked } = question
  const { trustDomain, zone, limits } = slice
  const { m2m, cnf } = passport
  const isMessage = "message" in question
  const said = isMessage ? question.message.claims : null
  const act = isMessage ? question.message.claims.act : question.act
  const comes = isMessage || question.direction === "from-peer"
  const after = isMessage ? question.after : null
  const [from, to] = comes ? [m2m.zone, zone] : [zone, m2m.zone]
  const conduit = conduitOf(slice, { from, to, act, deviceClass: comes ? m2m.class : self.deviceClass })
  const address = trustDomain + self.did

  const { least, isKnown } = timeOf(clock, limits.skew)
  const latest = isKnown ? least + limits.skew : Number.POSITIVE_INFINITY
  const { snapshot, challenge } = revoked
  const age = limits.snapshotPerAct[act]
  const isLive = challenge !== null && snapshot?.nonce === challenge
  // Without a clock only an answer to a challenge of this device is known to be new.
  const needsLive = !isKnown && MOVING.includes(act) && !isLive
  const needsAge = age !== null && !isLive && !needsLive

  const faults: ReadonlyArray<readonly [reason: PassportReason, isSo: boolean]> = [
    ["slice.expired", slice.expires <= least * 1_000],
    ["slice.not_yet_valid", slice.issued > latest * 1_000],
    ["passport.expired", passport.exp <= least],
    ["passport.not_yet_valid", passport.iat > latest],
    ["passport.trust_refused", m2m.trust !== "trusted"],
    // A hit counts however old the snapshot is: a revocation is not taken back by waiting.
    ["passport.revoked", snapshot !== null && isRevoked(snapshot, passport.jti)],
    ["clock.unknown", needsLive],
    ["snapshot.not_live", needsLive],
    ["snapshot.missing", needsAge && snapshot === null],
    ["snapshot.stale", needsAge && snapshot !== null && least - snapshot.iat > age],
    ["passport.act_refused", comes && !m2m.acts.includes(act)],
    ["passport.recipient_refused", comes && !m2m.audiences.some((pattern) => fits(pattern, address))],
    [
      "proof.mismatch",
      isMessage ? question.message.jkt !== cnf.jkt : question.handshake.peer.digest !== passport.digest,
    ],
    ...(said === null
      ? []
      : ([
          ["message.audience_refused", said.aud !== address],
          ["message.replayed", after !== null && (said.epo - after.epo || said.seq - after.seq) <= 0],
          ["message.stale", least - said.iat > limits.messagePerAct[act]],
          ["message.future", said.iat > latest],
        ] as const)),
    ["flow.no_conduit", conduit === null],
    ...(conduit === null ? [] : unmetBy(conduit, comes ? m2m : null, said?.iat ?? least, { least, isKnown })),
  ]
  const reasons = [...new Set(faults.flatMap(([reason, isSo]) => (isSo ? [reason] : [])))]
  if (conduit === null || reasons.length > 0) return { outcome: "deny", conduit: conduit?.id ?? null, reasons }
  const until = Math.min(passport.exp, Math.floor(slice.expires / 1_000), conduit.expires ?? Number.POSITIVE_INFINITY)
  return { outcome: "allow", conduit: conduit.id, ratePerMinute: conduit.ratePerMinute, until, reasons: [] }
}

const fits = (pattern: string, address: string): boolean =>
  pattern.endsWith("*") ? address.startsWith(pattern.slice(0, -1)) : address === pattern
