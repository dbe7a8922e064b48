/**
 * Puts a range into the export as a whole. Everything is made in `_staging` and durable there, then the manifest is written beside
 * it, which is the point of no return: from then on a start finishes what was begun, and before that it throws it away. A range that is
 * written anew takes the place of the old one with its manifest; the old files are removed then.
 */
import { existsSync } from "node:fs"
import { mkdir, open, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { manifestPath, partitionName, STAGING_DIR } from "./layout.ts"
import { type Manifest, parseManifest, textOf } from "./manifest.ts"

const MANIFEST = "manifest.json"
/** The manifest of the range that it takes the place of. */
const REPLACED = "replaced.json"

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

/** As a whole: a reader has what was there before, or this. @param beside where it is made; on the same file system */
export const replaceDurably = async (path: string, bytes: Uint8Array, beside: string): Promise<void> => {
  await rm(beside, { force: true })
  await writeDurably(beside, bytes)
  const made = await mkdir(dirname(path), { recursive: true })
  await rename(beside, path)
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

  /**
   * @param files by their path in the export
   * @param replaced what was there of the range before: of an earlier generation
   */
  async put(
    manifest: Manifest,
    files: ReadonlyMap<string, Uint8Array>,
    replaced: Manifest | null = null,
  ): Promise<void> {
    for (const [path, bytes] of files) await writeDurably(join(this.#dir, path), bytes)
    if (replaced !== null) await writeDurably(join(this.#dir, REPLACED), Buffer.from(textOf(replaced)))
    // Written under another name first: half of it must not be taken for the whole.
    const unfinished = join(this.#dir, `${MANIFEST}.new`)
    await writeDurably(unfinished, Buffer.from(textOf(manifest)))
    await rename(unfinished, join(this.#dir, MANIFEST))
    await syncDirectory(this.#dir)
    await this.#publish(manifest)
  }

  async #publish(manifest: Manifest): Promise<void> {
    for (const { path } of [...manifest.files, manifest.evidence]) await this.#move(path)
    // A copy: the staged one stays until all is done.
    const target = join(this.#root, manifestPath(manifest.partition, manifest.leaves))
    await replaceDurably(target, Buffer.from(textOf(manifest)), join(this.#dir, "installed.json"))
    await this.#removeReplaced()
    await rm(this.#dir, { recursive: true, force: true })
  }

  async #removeReplaced(): Promise<void> {
    const path = join(this.#dir, REPLACED)
    if (!existsSync(path)) return
    const { files, evidence } = parseManifest(await readFile(path, "utf8"))
    for (const old of [...files, evidence]) await rm(join(this.#root, old.path), { force: true })
  }

  /** Done already by an earlier attempt where it is no longer there. */
  async #move(path: string): Promise<void> {
    const staged = join(this.#dir, path)
    if (!existsSync(staged)) return
    const target = join(this.#root, path)
    const made = await mkdir(dirname(target), { recursive: true })
    await rename(staged, target)
    await syncDirectory(dirname(target))
    if (made !== undefined) await syncDirectory(dirname(made))
  }
}
