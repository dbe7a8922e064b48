/** The services by which hardware is attested: challenges, and enrolment and its end. They decide nothing. */
import type { Log } from "@assay/log"
import type { Signer } from "@assay/signing"
import type { RootSet, TrustBundle } from "@assay/trust"
import { endBindings } from "./bindings.ts"
import { type IssuedChallenge, issueChallenge } from "./challenge.ts"
import { type EndedBinding, endedAt, type Recorded } from "./ended.ts"
import { type Begun, beginEnrolment, type EnrolmentCall, type Finished, finishEnrolment } from "./enrol.ts"
import { InForce } from "./in-force.ts"
import { EnrolmentRefused } from "./refusal.ts"

export type { EndedBinding, Recorded } from "./ended.ts"
export { ENDORSEMENT_SECONDS, type EnrolmentCall } from "./enrol.ts"
export { EnrolmentRefused } from "./refusal.ts"

export interface EnrolmentOptions {
  readonly log: Log
  readonly roots: RootSet
  /** Signs challenges; null: this process makes none. The bundle names its DID among `challengers`. */
  readonly challenger: Signer | null
  /** Signs endorsements; null: this process enrols nobody. The bundle names its DID among `endorsers`. */
  readonly endorser: Signer | null
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface Enrolment {
  challenge(device: string, key: string): Promise<IssuedChallenge>
  begin(call: EnrolmentCall): Promise<Begun>
  finish(ticket: string, secret: Uint8Array): Promise<Finished>
  /** Lets go of the hardware of a device, by the record of an accepted command that ends its binding. May be repeated. */
  release(recorded: Recorded): Promise<EndedBinding>
}

/** All calls throw EnrolmentRefused for what the caller can change. */
export const openEnrolment = ({ log, roots, challenger, endorser, now = Date.now }: EnrolmentOptions): Enrolment => {
  const inForce = new InForce(log, roots)

  /** The bundle in force, which must name the signer. */
  const bundleFor = async (signer: Signer | null, member: "challengers" | "endorsers") => {
    if (signer === null)
      throw new EnrolmentRefused(503, "enrolment.not_here", "this process has no key for it: ask another one")
    await inForce.refresh()
    const { bundle } = inForce
    if (bundle === null) throw new EnrolmentRefused(503, "enrolment.no_bundle", "no trust bundle is in force")
    requireNamed(bundle, member, signer.did)
    return { signer, trustDomain: bundle.trustDomain, cells: log.cells, now: now() }
  }

  return {
    challenge: async (device, key) => {
      const at = await bundleFor(challenger, "challengers")
      return issueChallenge(at.signer, at.trustDomain, device, key, at.now)
    },
    begin: async (call) => {
      const at = await bundleFor(endorser, "endorsers")
      return beginEnrolment(at, call, inForce.endorsements(at.now))
    },
    release: async (recorded) => {
      // Whoever enrols nobody binds nothing either; but the cells are the log's, so another one would do as well.
      const { cells } = await bundleFor(endorser, "endorsers")
      const ended = await endedAt(log, recorded)
      await endBindings(cells, ended.device, ended.time)
      return ended
    },
    finish: async (ticket, secret) => finishEnrolment(await bundleFor(endorser, "endorsers"), ticket, secret),
  }
}

/** What it signs would count for nothing. */
const requireNamed = (bundle: TrustBundle, member: "challengers" | "endorsers", did: string): void => {
  if (bundle[member]?.includes(did) === true) return
  throw new EnrolmentRefused(503, "enrolment.not_named", `the bundle in force does not name ${did} among its ${member}`)
}
