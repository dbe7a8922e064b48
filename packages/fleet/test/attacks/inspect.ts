/** What a strict reader sees in a submission, by the libraries alone: no state, no knowledge. */
import { resolveDeviceKey } from "@assay/did"
import { parseCompact } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"
import { readClaims } from "@assay/message"
import { type Claims, MESSAGE_TYPES, type MessageClaims, type Reading, signerOf } from "@assay/trust"
import type { Attack, Label, Submission } from "../../src/attack.ts"
import { Scene } from "../../src/scene.ts"
import { World } from "../../src/world.ts"

export const NOW = 1_800_000_000
export const world = new World({ seed: "attacks", now: NOW, ratePerMinute: 240 })

export interface Seen {
  readonly label: Label
  /** The routing key. */
  readonly key: string
  /** `authentic`, or the tail of the first reason why it is not. */
  readonly state: string
  readonly claims: Claims | null
  readonly readings: ReadonlyArray<Reading>
}

const scale = { learn: 13, flood: 300, crowd: 8 }

export const inject = (attack: Attack, instance = 0): ReadonlyArray<Submission> =>
  [...attack.inject(new Scene(world, attack, instance, scale))].map(({ submission }) => submission)

export const see = (submission: Submission): Seen => {
  const { label } = submission
  if (submission.kind !== "message") return { label, key: "", state: submission.kind, claims: null, readings: [] }
  const key = Buffer.from(submission.key).toString("utf8")
  const nothing = { label, key, claims: null, readings: [] }
  const jws = parseCompact(submission.envelope.bytes, { typ: MESSAGE_TYPES })
  if ("reason" in jws) return { ...nothing, state: jws.reason }
  const read = readClaims(jws.header, jws.payload, "A".repeat(43))
  if ("reason" in read) return { ...nothing, state: read.reason }
  const issuer = resolveDeviceKey(signerOf(read.claims.iss))
  if ("reason" in issuer) return { ...nothing, state: issuer.reason }
  if (issuer.kid !== jws.header.kid) return { ...nothing, state: "key_mismatch" }
  if (issuer.alg !== jws.header.alg) return { ...nothing, state: "alg_refused" }
  const valid = verifyNow(issuer, jws.signingInput, jws.signature) === VALID
  return { label, key, state: valid ? "authentic" : "signature_invalid", ...read }
}

/** The claims of a message of its device's sequence. @throws Error where it is none */
export const saidIn = ({ claims, label }: Seen): MessageClaims => {
  if (claims?.kind !== "message") throw new Error(`${label.attack} says nothing in the sequence of a device`)
  return claims
}

export const attempts = (attack: Attack, instance = 0): ReadonlyArray<Seen> =>
  inject(attack, instance)
    .filter(({ label }) => label.role === "attempt")
    .map(see)
