/** The tree and its files alone, of entries that are given: what a log without audit events, salts and positions takes. */
import { generateKeyPairSync, randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { keySigner, signCheckpoint, TileBuilder } from "@assay/transparency"
import { writeAllDurable, writeDurable } from "@assay/transparency/storage"
import { type Measured, measure } from "./measured.ts"

/** As many leaves as the sealer takes at once. */
const BATCH = 4096
const ORIGIN = "bench.example/log"

/** @param dir null: nothing is written */
export const growTree = async (dir: string | null, leaves: number, entryBytes: number): Promise<Measured> => {
  const directory = dir === null ? null : mkdtempSync(join(dir, "assay-tree-"))
  const signer = keySigner(generateKeyPairSync("ed25519").privateKey)
  const noise = randomBytes(entryBytes + BATCH)
  try {
    return await measure(leaves, async () => {
      const builder = new TileBuilder()
      for (let from = 0; from < leaves; from += BATCH) {
        const count = Math.min(BATCH, leaves - from)
        const files = builder.append(Array.from({ length: count }, (_, i) => noise.subarray(i, i + entryBytes)))
        if (directory === null) continue
        await writeAllDurable(directory, files)
        const { size } = builder.frontier
        const note = await signCheckpoint({ origin: ORIGIN, size, root: builder.frontier.root() }, signer)
        await writeDurable(join(directory, "checkpoint"), Buffer.from(note))
      }
    })
  } finally {
    if (directory !== null) rmSync(directory, { recursive: true, force: true })
  }
}
