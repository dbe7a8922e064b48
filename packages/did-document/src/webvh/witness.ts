/** Proofs of witnesses: did:webvh 1.0, "Verifying Witness Proofs During Resolution". */
import { isObject, type Json, parseStrict } from "@assay/jose"
import { broken, type DocumentFailure } from "../failure.ts"
import { multikeyOf, signerOfProof } from "../integrity/eddsa-jcs-2022.ts"
import type { Witnesses } from "./parameters.ts"

/** Bytes of `did-witness.json`. */
export const MAX_WITNESS_BYTES = 128 * 1024
/** Versions, and proofs of one of them. */
const MAX_ITEMS = 64

/** An entry that must be witnessed. */
export interface ToWitness {
  /** From 1. */
  readonly number: number
  readonly witness: Witnesses
}

interface Item {
  readonly number: number
  readonly versionId: string
  readonly proofs: ReadonlyArray<Json>
}

/** What of the file speaks about versions of this log; all else, also proofs of entries to come, is passed over. */
const itemsOf = (bytes: Uint8Array, versionIds: ReadonlyArray<string>): ReadonlyArray<Item> | DocumentFailure => {
  if (bytes.length > MAX_WITNESS_BYTES) return broken("witness", `the proofs have more than ${MAX_WITNESS_BYTES} bytes`)
  const json = parseStrict(bytes)
  if ("reason" in json) return broken("witness", `the proofs: ${json.detail}`)
  if (!Array.isArray(json.value) || json.value.length > MAX_ITEMS)
    return broken("witness", `the proofs are no list of at most ${MAX_ITEMS}`)
  const items: Array<Item> = []
  for (const item of json.value as ReadonlyArray<Json>) {
    if (!isObject(item)) return broken("witness", "an item of the proofs is no object")
    const { versionId, proof = [] } = item
    const at = typeof versionId === "string" ? versionIds.indexOf(versionId) : -1
    if (at < 0) continue
    const proofs = (Array.isArray(proof) ? proof : [proof]) as ReadonlyArray<Json>
    if (proofs.length > MAX_ITEMS) return broken("witness", `a version has more than ${MAX_ITEMS} proofs`)
    items.push({ number: at + 1, versionId: versionIds[at]!, proofs })
  }
  return items
}

/**
 * Null where each entry was approved by its threshold of witnesses, in a proof about it or about a later one. A proof that does
 * not verify counts nothing, and spoils nothing: anybody may write to the file.
 * @param bytes of did-witness.json; null where there is none
 * @param versionIds of all entries, in order; what is not about one of them is no proof
 */
export const whyNotWitnessed = (
  bytes: Uint8Array | null,
  versionIds: ReadonlyArray<string>,
  needed: ReadonlyArray<ToWitness>,
): DocumentFailure | null => {
  if (needed.length === 0) return null
  if (bytes === null) return broken("witness", "the log names witnesses, and there is no proof of any")
  const items = itemsOf(bytes, versionIds)
  if ("reason" in items) return items
  const wanted = new Set(needed.flatMap(({ witness }) => witness.multikeys))
  /** The latest version that each witness approved. */
  const approved = new Map<string, number>()
  for (const { number, versionId, proofs } of items)
    for (const proof of proofs) {
      const claimed = isObject(proof) ? multikeyOf(proof["verificationMethod"]) : null
      if (claimed === null || !wanted.has(claimed) || (approved.get(claimed) ?? 0) >= number) continue
      if ("multikey" in signerOfProof(proof, { versionId })) approved.set(claimed, number)
    }
  for (const { number, witness } of needed) {
    const count = witness.multikeys.filter((multikey) => (approved.get(multikey) ?? 0) >= number).length
    if (count < witness.threshold)
      return broken("witness", `${count} of ${witness.threshold} witnesses approved version ${number}`)
  }
  return null
}
