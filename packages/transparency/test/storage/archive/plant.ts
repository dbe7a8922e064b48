/** A log's directory with numbered entries, as a sealer leaves it, and an archive beside it. */
import { generateKeyPairSync } from "node:crypto"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { signCheckpoint, type TreeHead } from "../../../src/checkpoint.ts"
import { keySigner } from "../../../src/note/signer.ts"
import { Archive } from "../../../src/storage/archive/archive.ts"
import type { PruneOptions } from "../../../src/storage/archive/prune.ts"
import { parseRetention } from "../../../src/storage/archive/retention.ts"
import { writeAllDurable, writeDurable } from "../../../src/storage/files.ts"
import { TileBuilder } from "../../../src/tile/builder.ts"
import { tilePath } from "../../../src/tile/path.ts"
import { numbered } from "../../memory.ts"

export const ORIGIN = "plant.example/log"
export const RETENTION = parseRetention('{"format":"assay-retention/1","keep":"0d","witnessed":false,"anchored":false}')

const signer = keySigner(generateKeyPairSync("ed25519").privateKey)

export interface ArchivedPlant {
  readonly directory: string
  /** The archive's directory. */
  readonly away: string
  readonly head: TreeHead
  /** To prune with, up to `below`. */
  options(below: number, onStep?: PruneOptions["onStep"]): Promise<PruneOptions>
  /** Indexes of the full bundles in the directory. */
  bundles(): ReadonlyArray<number>
}

export const openArchived = async (size: number): Promise<ArchivedPlant> => {
  const root = mkdtempSync(join(tmpdir(), "assay-archive-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const [directory, away] = [join(root, "log"), join(root, "archive")]
  const builder = new TileBuilder()
  await writeAllDurable(directory, builder.append(numbered(size)))
  const head = { origin: ORIGIN, size, root: builder.frontier.root() }
  const note = await signCheckpoint(head, signer)
  await writeDurable(join(directory, "checkpoint"), Buffer.from(note))
  return {
    directory,
    away,
    head,
    options: async (below, onStep) => ({
      directory,
      archive: await Archive.open(away, ORIGIN),
      retention: RETENTION,
      head,
      note,
      below,
      ...(onStep === undefined ? {} : { onStep }),
    }),
    bundles: () =>
      Array.from({ length: Math.floor(size / 256) }, (_, index) => index).filter((index) =>
        existsSync(join(directory, tilePath({ level: "entries", index, width: 256 }))),
      ),
  }
}
