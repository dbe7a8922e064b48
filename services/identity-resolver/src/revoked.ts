/**
 * Keys of documents that operators have revoked (`assay revoke --key DID#NAME`): rows of the stage's own, in every partition, which no
 * device can make. What such a key signs counts no more from the entry on, whatever the document in force lists. Pure.
 */
import { hash } from "node:crypto"
import { type ControlEntry, documentKeyTarget, type StateView, signerOf } from "@assay/trust"
import type { Authentic } from "./authenticate.ts"
import { type IdentityState, LAYOUT } from "./state.ts"

type States = StateView<IdentityState>

/** Stands where any key is revoked at all: in most deployments none is, and one look is enough. */
const ANY = "revoked/any"

const rowOf = (target: string): string => `revoked/${hash("sha256", target, "base64url")}`

/** The rows that a command writes; none where it is another one. */
export const keyRevokedBy = ({
  control,
}: ControlEntry): ReadonlyArray<readonly [key: string, state: IdentityState]> => {
  const { accepted, what } = control
  if (!accepted || what.kind !== "command" || what.verb !== "revoke") return []
  if (what.revocation?.of !== "document-key" || what.revocation.part !== undefined) return []
  return [
    [rowOf(what.target), LAYOUT.seal(LAYOUT.draft())],
    [ANY, LAYOUT.seal(LAYOUT.draft())],
  ]
}

/** Whether operators have revoked the key that signed it. A DID that is its key is revoked in the last stage. */
export const isKeyRevoked = ({ claims, keyId, document }: Authentic, states: States): boolean => {
  if (document === undefined || states.get(ANY) === undefined) return false
  return states.get(rowOf(documentKeyTarget({ did: signerOf(claims.iss), keyId }))) !== undefined
}
