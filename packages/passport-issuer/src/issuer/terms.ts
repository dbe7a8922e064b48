/** May this device have a passport now, and what would it say? Everything that is missing is a reason against it. Pure. */
import { type DeviceCredential, viewOf, whyNotInForce } from "@assay/credentials"
import type { Checkpoint } from "@assay/passport"
import { compilePolicy } from "@assay/segmentation"
import type { Assurance } from "@assay/trust"
import type { PassportTerms } from "../sign.ts"
import type { DeviceFacts, Ear } from "./facts.ts"
import type { InForce } from "./knowledge.ts"

/** Why there is none: `state` the device is not trusted; `life` it is suspended, or not enrolled, or its life is over; `credential` none is in force; `zone` it has none; `policy` knowledge
 * is missing or has run out, or the zone's slice does not name this signer; `key` the document of its DID lists no key that it signs with. */
export type NoPassport = "unknown" | "key" | "state" | "life" | "credential" | "zone" | "policy"

export interface Asked {
  readonly did: string
  readonly facts: DeviceFacts | undefined
  readonly knowledge: InForce
  /** Whether operators have revoked it, its issuer, or a key of that. */
  readonly isWithdrawn: (credential: DeviceCredential) => boolean
  /** Until when its key counts, milliseconds since 1970, where a document lists it; null where none counts. */
  readonly keyEnds: number | null
  readonly signer: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** base64url of 8 random bytes. */
  readonly serial: string
  readonly log: Checkpoint | null
}

const MAX_AUDIENCES = 8

/** As its last message was judged; but hardware whose result has ended since stands for nothing. */
const assuranceOf = ({ assurance, ear: last, subject }: DeviceFacts, ear: Ear | null): Assurance => {
  if (assurance !== "hardware" || last === null || ear !== null) return assurance
  return subject === null || subject.assurance === "hardware" ? "software" : subject.assurance
}

/** Which credentials hold under what is in force. @param now milliseconds since 1970 */
export const holdingUnder = (
  { bundle, items }: Pick<InForce, "bundle" | "items">,
  now: number,
): ((credential: DeviceCredential) => boolean) => {
  if (bundle === null) return () => false
  const view = viewOf(bundle, items)
  return (credential) => whyNotInForce(credential, view, now, false, 0) === null
}

export const termsOf = (asked: Asked): PassportTerms | NoPassport => {
  const { did, facts, knowledge, signer, now, serial, log, isWithdrawn } = asked
  if (facts === undefined) return "unknown"
  if (facts.state !== "trusted") return "state"
  if (facts.life !== null && facts.life !== "active") return "life"
  if (asked.keyEnds === null) return "key"
  const { bundle, policy } = knowledge
  if (bundle === null || policy === null || bundle.expires <= now || policy.expires <= now) return "policy"
  const holds = holdingUnder(knowledge, now)
  // The first that holds, and no union of several: each message is covered by one credential.
  const credential = facts.credentials.find((one) => !isWithdrawn(one) && holds(one))
  const { vendor, class: deviceClass } = facts.subject ?? { vendor: null, class: null }
  if (credential === undefined || credential.terms.subject.vendor !== vendor) return "credential"
  if (credential.terms.subject.class !== deviceClass) return "credential"
  const { table, zoneOfDevice } = compilePolicy(policy.body)
  const zone = table.zones[zoneOfDevice(did, vendor, deviceClass)]
  if (zone === undefined) return "zone"
  const slice = knowledge.slice(zone)
  if (slice === null || slice.expires <= now || !slice.body.signers.includes(signer)) return "policy"
  const iat = Math.floor(now / 1_000)
  const ear = facts.ear !== null && facts.ear.expires > now ? facts.ear : null
  const ends = [credential.validUntil, slice.expires, bundle.expires, ear?.expires ?? slice.expires, asked.keyEnds].map(
    (ms) => Math.floor(ms / 1_000),
  )
  const { actions, audiences } = credential.terms.capabilities.source
  return {
    sub: did,
    aud: slice.body.trustDomain,
    iat,
    exp: Math.min(iat + slice.body.limits.passport, ...ends),
    jti: serial,
    "ear.status": ear?.status ?? "none",
    m2m: {
      trust: facts.state,
      reputation: Math.floor(facts.reputation * 100),
      zone,
      class: deviceClass,
      assurance: assuranceOf(facts, ear),
      acts: actions,
      audiences: audiences.slice(0, MAX_AUDIENCES),
      log,
    },
  }
}
