/** A checkpoint with the cosignatures of witnesses below it, against a policy. */
import { openSignedCheckpoint, type TreeHead } from "../checkpoint.ts"
import { NoteError } from "../note/error.ts"
import type { VerifierKey } from "../note/vkey.ts"
import { type Cosignature, openCosignature } from "./cosignature.ts"
import type { Policy } from "./policy.ts"

export interface CosignedHead {
  readonly head: TreeHead
  /** Of witnesses of the policy, each verified; `name` is the one within the policy. */
  readonly cosigned: ReadonlyArray<Cosignature>
}

/**
 * Those of the policy's witnesses that cosigned it, whether they are enough or not.
 * @throws NoteError where the log did not sign it, or where a signature line of a known witness does not verify
 */
export const cosignaturesOn = (note: string, log: VerifierKey, { witnesses }: Policy): CosignedHead => {
  const { head, text, unverified } = openSignedCheckpoint(note, log)
  const cosigned = witnesses
    .filter(({ key }) => unverified.some((line) => line.name === key.name && line.id === key.id))
    .map(({ name, key }) => ({ ...openCosignature(text, unverified, key), name }))
  return { head, cosigned }
}

/** As `cosignaturesOn`. @throws NoteError also where they are not the quorum */
export const openCosigned = (note: string, log: VerifierKey, policy: Policy): CosignedHead => {
  const opened = cosignaturesOn(note, log, policy)
  const names = new Set(opened.cosigned.map(({ name }) => name))
  if (!policy.isMet(names))
    throw new NoteError(
      "signature",
      `the checkpoint of ${opened.head.size} leaves is cosigned by ${names.size === 0 ? "no witness" : [...names].join(", ")} of the policy, which asks for ${policy.quorum}`,
    )
  return opened
}
