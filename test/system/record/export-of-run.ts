/** The decisions of a sealed run as Parquet files, out of its data directory. */
import { exportParquet, type ParquetOptions } from "@assay/egress/parquet"
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { KeyStore } from "@assay/transparency/storage"
import type { SealedRun } from "./sealed-run.ts"

/** @param root a directory that is there @param changed options that are others than those of most tests */
export const exportOf = async (
  { dir }: Pick<SealedRun, "dir">,
  root: string,
  changed: Partial<ParquetOptions> = {},
): ReturnType<typeof exportParquet> => {
  const log = await openEmbedded({ dir, readOnly: true })
  try {
    return await exportParquet({
      log,
      root,
      dataDir: dir,
      outcomes: ["verified", "annotated"],
      sinceMs: null,
      location: null,
      keysOf: (partition) => KeyStore.read(saltsPath(dir, partition)),
      ...changed,
    })
  } finally {
    await log.close()
  }
}
