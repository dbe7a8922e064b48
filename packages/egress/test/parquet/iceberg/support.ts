/** An export that is made of given rows, range by range, without a log behind it. */
import type { ReadingRow } from "@assay/schemas"
import { manifestsOf } from "../../../src/parquet/directory.ts"
import { packRange } from "../../../src/parquet/pack.ts"
import { Staging } from "../../../src/parquet/staging.ts"

/** Puts a range of leaves of partition 0 into an export; one that is there is written anew. */
export const putRange = async (
  root: string,
  leaves: { readonly from: number; readonly to: number },
  rows: ReadonlyArray<ReadingRow>,
): Promise<void> => {
  const before = manifestsOf(root, 0).find((one) => one.leaves.from === leaves.from) ?? null
  const { manifest, files } = packRange(
    { evidence: [], rows, messages: rows.length, withheld: 0 },
    {
      origin: "test",
      partition: 0,
      leaves,
      base: 0,
      before: [],
      checkpoint: null,
      erasures: [],
      generation: before === null ? 0 : before.generation + 1,
      next: {},
    },
  )
  await new Staging(root, 0).put(manifest, files, before)
}
