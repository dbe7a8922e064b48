/**
 * Puts a range into the export as a whole. Everything is made in `_staging` and durable there, then the manifest is written beside
 * it, which is the point of no return: from then on a start finishes what was begun, and before that it throws it away.
 */
import { existsSync } from "node:fs"
import { mkdir, open, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { manifestPath, partitionName, STAGING_DIR } from "./layout.ts"
import { type Manifest, parseManifest, textOf } from "./manifest.ts"

const MANIFEST = "manifest.json"

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, "r")
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Durable when it resolves, with the directories that it had to make. */
export const writeDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  const made = await mkdir(dirname(path), { recursive: true })
  const file = await open(path, "wx", 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncDirectory(dirname(path))
  if (made !== undefined) await syncDirectory(dirname(made))
}

export class Staging {
  readonly #root: string
  readonly #dir: string

  /** @param root the export's directory */
  constructor(root: string, partition: number) {
    this.#root = root
    this.#dir = join(root, STAGING_DIR, partitionName(partition))
  }

  /** Finishes a range whose manifest was written, and throws away what was not. */
  async recover(): Promise<void> {
    const manifest = join(this.#dir, MANIFEST)
    if (existsSync(manifest)) await this.#publish(parseManifest(await readFile(manifest, "utf8")))
    else await rm(this.#dir, { recursive: true, force: true })
  }

  /** @param files by their path in the export */
  async put(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    for (const [path, bytes] of files) await writeDurably(join(this.#dir, path), bytes)
    // Written under another name first: half of it must not be taken for the whole.
    const unfinished = join(this.#dir, `${MANIFEST}.new`)
    await writeDurably(unfinished, Buffer.from(textOf(manifest)))
    await rename(unfinished, join(this.#dir, MANIFEST))
    await syncDirectory(this.#dir)
    await this.#publish(manifest)
  }

  async #publish(manifest: Manifest): Promise<void> {
    for (const { path } of [...manifest.files, manifest.evidence]) await this.#move(path, path)
    await this.#move(MANIFEST, manifestPath(manifest.partition, manifest.leaves))
    await rm(this.#dir, { recursive: true, force: true })
  }

  /** Done already by an earlier attempt where it is no longer there. */
  async #move(from: string, to: string): Promise<void> {
    const staged = join(this.#dir, from)
    if (!existsSync(staged)) return
    const target = join(this.#root, to)
    const made = await mkdir(dirname(target), { recursive: true })
    await rename(staged, target)
    await syncDirectory(dirname(target))
    if (made !== undefined) await syncDirectory(dirname(made))
  }
}
