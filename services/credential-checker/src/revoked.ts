/**
 * Credentials, issuers and keys of issuers' documents that operators have revoked (`assay revoke`): rows of the stage's own, in every
 * partition, which no device can make. What is revoked counts no more from the entry on, whatever the bundle and the document say. Pure.
 */
import type { BundleView, Finding } from "@assay/credentials"
import {
  type ControlEntry,
  documentKeyTarget,
  parseCredentialTarget,
  type Revocable,
  type StateView,
} from "@assay/trust"
import { type Accepted, type CredentialState, LAYOUT } from "./state.ts"

type States = StateView<CredentialState>

/** Stands where anything is revoked at all: in most deployments nothing is, and one look is enough. */
const ANY = "revoked/any"

const rowOf = (of: Revocable, name: string): string => `revoked/${of}/${name}`

const since = (time: number): CredentialState => {
  const draft = LAYOUT.draft()
  draft.at = time
  return LAYOUT.seal(draft)
}

/** What is revoked of what a command names, where this stage keeps it: a key of a device is kept by the first or by the last one. */
const KEPT: ReadonlySet<Revocable> = new Set<Revocable>(["credential", "issuer", "issuer-key"])

/** The rows that a command writes; none where it is another one. */
export const revokedBy = ({
  control,
  time,
}: ControlEntry): ReadonlyArray<readonly [key: string, state: CredentialState]> => {
  const { accepted, what } = control
  if (!accepted || what.kind !== "command" || what.verb !== "revoke" || what.revocation === undefined) return []
  const { of, part } = what.revocation
  const name = of === "credential" ? parseCredentialTarget(what.target) : what.target
  if (!KEPT.has(of) || part !== undefined || name === null) return []
  return [
    [rowOf(of, name), since(time)],
    [ANY, since(time)],
  ]
}

/** Why a credential counts no more; null where it does. */
export type WhyRevoked = (credential: Pick<Accepted, "hash" | "terms">) => Finding | null

const NOTHING_IS: WhyRevoked = () => null

/** @param view in force: by which keys the status lists of a credential are signed */
export const whyRevokedIn = (states: States, view: BundleView): WhyRevoked => {
  if (states.get(ANY) === undefined) return NOTHING_IS
  const isRevoked = (of: Revocable, name: string): boolean => states.get(rowOf(of, name)) !== undefined
  const isKeyRevoked = (did: string, keyId: string | undefined): boolean =>
    keyId !== undefined && isRevoked("issuer-key", documentKeyTarget({ did, keyId }))
  return ({ hash, terms }) => {
    const { issuer, signer } = terms
    if (isRevoked("issuer", issuer))
      return { reasons: ["credential.issuer_withdrawn"], offence: `${issuer} was revoked by operators` }
    if (isKeyRevoked(issuer, signer))
      return {
        reasons: ["credential.issuer_key_withdrawn"],
        offence: `the key of ${issuer} that signed it was revoked by operators`,
      }
    if (isRevoked("credential", hash)) return { reasons: ["credential.revoked"], offence: "revoked by operators" }
    // A list of a thief lifts no revocation: what stands on it waits for the next one.
    const list = view.weigh(terms).lists.find((one) => isKeyRevoked(issuer, one?.signer))
    return list === undefined
      ? null
      : {
          reasons: ["credential.status_unavailable"],
          offence: `the key of ${issuer} that signed ${list.id} was revoked by operators`,
        }
  }
}
