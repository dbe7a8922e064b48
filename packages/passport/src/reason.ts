/** Why something was not opened or not allowed: a closed set of codes. What to do about each says `explain.ts`. */

/** What is opened: each can be malformed, or signed by the wrong key. */
type Opening = "passport" | "snapshot" | "message" | "slice"

export type PassportReason =
  | `${Opening}.malformed`
  | `${Opening}.signature_invalid`
  | "passport.signer_unknown"
  | "passport.audience_refused"
  | "passport.key_mismatch"
  | "passport.lifetime_refused"
  | "passport.expired"
  | "passport.not_yet_valid"
  | "passport.trust_refused"
  | "passport.revoked"
  | "passport.act_refused"
  | "passport.recipient_refused"
  | "slice.threshold"
  | "slice.older"
  | "slice.expired"
  | "slice.not_yet_valid"
  | "snapshot.signer_unknown"
  | "snapshot.audience_refused"
  | "snapshot.older"
  | "snapshot.missing"
  | "snapshot.stale"
  | "snapshot.not_live"
  | "clock.unknown"
  | "flow.no_conduit"
  | "flow.conduit_expired"
  | "flow.outside_window"
  | "flow.trust_below"
  | "flow.assurance_below"
  | "handshake.malformed"
  | "handshake.out_of_order"
  | "handshake.signature_invalid"
  | "handshake.passport_refused"
  | "handshake.with_itself"
  | "proof.mismatch"
  | "message.key_mismatch"
  | "message.audience_refused"
  | "message.stale"
  | "message.future"
  | "message.replayed"

/** `detail` is for people, never read by a program. */
export interface Refused {
  readonly reason: PassportReason
  readonly detail: string
}

export const refuse = (reason: PassportReason, detail: string): Refused => ({ reason, detail })

export const isRefused = (value: object): value is Refused => "reason" in value
