/**
 * Takes what an erased device said out of the ranges that were exported before: rows leave the files, and signed messages the
 * evidence. Nothing but the export itself is needed, so it works when the streams hold the messages no more. The manifests name the
 * erasures; a file beside says which were carried out, so that each is looked for once. Without that file they are looked for again.
 *
 *   {"pseudonyms":["00112233445566778899aabbccddeeff"]}
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { decodeLeaf } from "@assay/transparency"
import type { OpenKeys } from "@assay/transparency/storage"
import { manifestsOf } from "./directory.ts"
import { type LeafEvidence, NO_BYTES, unpackEvidence } from "./evidence.ts"
import { erasedPath } from "./layout.ts"
import { type Manifest, ManifestError } from "./manifest.ts"
import { packRange, type RangeContent } from "./pack.ts"
import { rowsOf } from "./record.ts"
import { replaceDurably, Staging } from "./staging.ts"

export interface TakenOut {
  /** Ranges that were written anew. */
  readonly ranges: number
  readonly messages: number
}

const NOTHING: TakenOut = { ranges: 0, messages: 0 }

/** @throws ManifestError where the file was changed into something else */
const carriedOut = (root: string, partition: number): ReadonlySet<string> => {
  const path = erasedPath(partition)
  if (!existsSync(join(root, path))) return new Set()
  try {
    const { pseudonyms } = JSON.parse(readFileSync(join(root, path), "utf8")) as { readonly pseudonyms: unknown }
    if (Array.isArray(pseudonyms)) return new Set(pseudonyms as ReadonlyArray<string>)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new ManifestError(`${path} is no list of erased devices: remove it, and they are looked for again`)
}

const isOf = ({ leaf, record }: LeafEvidence, erased: ReadonlySet<string>): boolean =>
  record.length > 0 && erased.has(Buffer.from(decodeLeaf(leaf).pseudonym).toString("hex"))

/** What a range holds once these devices are out of it. */
const without = (
  leaves: ReadonlyArray<LeafEvidence>,
  { withheld }: Manifest,
  erased: ReadonlySet<string>,
): RangeContent => {
  const evidence = leaves.map((one) => (isOf(one, erased) ? { ...one, record: NO_BYTES } : one))
  const taken = leaves.filter((one) => isOf(one, erased)).length
  const made = evidence.filter(({ record }) => record.length > 0).map(({ record }) => rowsOf(record))
  return {
    evidence,
    rows: made.flat(),
    messages: made.filter(({ length }) => length > 0).length,
    withheld: withheld + taken,
  }
}

/**
 * Call it when no range is being written. A range is written anew as a whole or not at all, and a crash in between is made good by the
 * next call.
 * @throws EvidenceError, ManifestError where the export was changed
 */
export const takeOutErased = async (
  root: string,
  partition: number,
  keysOf: (partition: number) => Promise<OpenKeys>,
): Promise<TakenOut> => {
  const manifests = manifestsOf(root, partition)
  const done = carriedOut(root, partition)
  const named = new Set(manifests.flatMap(({ erasures }) => erasures).filter((pseudonym) => !done.has(pseudonym)))
  if (named.size === 0) return NOTHING
  const keys = await keysOf(partition)
  // The log's own word is the key: one that the sealer has not destroyed (yet, or since it refused) hides nothing.
  const erased = new Set([...named].filter((pseudonym) => keys.isErased(Buffer.from(pseudonym, "hex"))))
  await keys.close()
  if (erased.size === 0) return NOTHING
  const staging = new Staging(root, partition)
  let [ranges, messages] = [0, 0]
  for (const manifest of manifests) {
    const leaves = unpackEvidence(readFileSync(join(root, manifest.evidence.path)))
    if (!leaves.some((one) => isOf(one, erased))) continue
    const content = without(leaves, manifest, erased)
    const { origin, leaves: range, base, before, checkpoint, erasures, generation, next } = manifest
    const head = {
      origin,
      partition,
      leaves: range,
      base,
      before,
      checkpoint,
      erasures,
      generation: generation + 1,
      next,
    }
    const packed = packRange(content, head)
    await staging.put(packed.manifest, packed.files, manifest)
    ranges += 1
    messages += content.withheld - manifest.withheld
  }
  const path = join(root, erasedPath(partition))
  const text = `${JSON.stringify({ pseudonyms: [...done, ...erased].toSorted() })}\n`
  await replaceDurably(path, Buffer.from(text), `${path}.new`)
  return { ranges, messages }
}
