/**
 * Credentials and issuers that operators have revoked (`assay revoke`): rows of the stage's own, in every partition, which no device can
 * make. What is revoked counts no more from the entry on, whatever the bundle says. Pure.
 */
import type { Finding } from "@assay/credentials"
import { type ControlEntry, parseCredentialTarget, type Revocable, type StateView } from "@assay/trust"
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

/** The rows that a command writes; none where it is another one, or of a key, which the last stage keeps. */
export const revokedBy = ({
  control,
  time,
}: ControlEntry): ReadonlyArray<readonly [key: string, state: CredentialState]> => {
  const { accepted, what } = control
  if (!accepted || what.kind !== "command" || what.verb !== "revoke" || what.revocation === undefined) return []
  const { of, part } = what.revocation
  const name = of === "credential" ? parseCredentialTarget(what.target) : what.target
  if (of === "key" || part !== undefined || name === null) return []
  return [
    [rowOf(of, name), since(time)],
    [ANY, since(time)],
  ]
}

/** Why a credential counts no more; null where it does. */
export type WhyRevoked = (credential: Pick<Accepted, "hash" | "terms">) => Finding | null

const NOTHING_IS: WhyRevoked = () => null

const reasonOf = {
  credential: "credential.revoked",
  issuer: "credential.issuer_withdrawn",
} as const

export const whyRevokedIn = (states: States): WhyRevoked => {
  if (states.get(ANY) === undefined) return NOTHING_IS
  return ({ hash, terms }) => {
    const { issuer } = terms
    if (states.get(rowOf("issuer", issuer)) !== undefined)
      return { reasons: [reasonOf.issuer], offence: `${issuer} was revoked by operators` }
    return states.get(rowOf("credential", hash)) === undefined
      ? null
      : { reasons: [reasonOf.credential], offence: "revoked by operators" }
  }
}
