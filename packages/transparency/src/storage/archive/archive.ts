/**
 * Where entries lie that are not in the log's directory any more: any directory, of another disk or a mounted object store.
 *
 *   <archive>/<SHA-256 of the log's origin>/origin                       the origin
 *   <archive>/<SHA-256 of the log's origin>/checkpoint                   the signed checkpoint under which entries were archived last
 *   <archive>/<SHA-256 of the log's origin>/entries/<N>.<root>           256 entries, as the log's bundle <N> had them
 *
 * `<N>` is named as C2SP tlog-tiles names tiles (x001/x234/067). `<root>` is the Merkle tree hash over the 256 entries, in hex: the very
 * hash that the log's tiles keep. So the log says what every file must hold, and the archive need not be believed.
 */
import { join } from "node:path"
import { rootOf } from "../../compact.ts"
import { equalHash, type Hash, leafHash, sha256 } from "../../hash.ts"
import { decodeEntries } from "../../tile/bundle.ts"
import { TILE_WIDTH, tilePath } from "../../tile/path.ts"
import { makeDirectory, readOptional, writeAllDurable, writeDurable } from "../files.ts"
import { ArchiveError } from "./error.ts"

/** 256 entries of a log. */
export interface Bundle {
  readonly index: number
  /** The Merkle tree hash over the entries. */
  readonly root: Hash
  /** As C2SP tlog-tiles encodes them. */
  readonly bytes: Uint8Array
}

/** The Merkle tree hash over a whole bundle's entries; null where it is not one of 256. */
export const rootOfBundle = (bytes: Uint8Array): Hash | null => {
  const entries = decodeEntries(bytes)
  return entries?.length === TILE_WIDTH ? rootOf(entries.map(leafHash)) : null
}

const bundlePath = (index: number, root: Hash): string => {
  const path = tilePath({ level: "entries", index, width: TILE_WIDTH }).slice("tile/".length)
  return `${path}.${Buffer.from(root).toString("hex")}`
}

export class Archive {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** For reading: what is not there is found when it is looked for. */
  static at(directory: string, origin: string): Archive {
    return new Archive(join(directory, Buffer.from(sha256(Buffer.from(origin))).toString("hex")))
  }

  /** For writing. Makes the directories. @throws ArchiveError `other-log` */
  static async open(directory: string, origin: string): Promise<Archive> {
    const archive = Archive.at(directory, origin)
    await makeDirectory(archive.#directory, directory)
    const path = join(archive.#directory, "origin")
    const there = await readOptional(path)
    if (there === null) await writeDurable(path, Buffer.from(`${origin}\n`))
    else if (Buffer.from(there).toString("utf8") !== `${origin}\n`)
      throw new ArchiveError("other-log", `${archive.#directory} is the archive of another log than ${origin}`)
    return archive
  }

  /** Where a bundle lies, for people. */
  pathOf(index: number, root: Hash): string {
    return join(this.#directory, bundlePath(index, root))
  }

  /** The bundle's bytes; null where it is not there, or holds other entries than those of this root. */
  async read(index: number, root: Hash): Promise<Uint8Array | null> {
    const bytes = await readOptional(this.pathOf(index, root))
    if (bytes === null) return null
    const found = rootOfBundle(bytes)
    return found !== null && equalHash(found, root) ? bytes : null
  }

  /**
   * Takes bundles in, and reads each again from its file. Those that are there already are left. Durable when it resolves.
   * @param note the signed checkpoint that they are under
   * @throws ArchiveError `not-archived` where a file does not hold what was written
   */
  async put(bundles: ReadonlyArray<Bundle>, note: string): Promise<void> {
    const missing: Array<Bundle> = []
    for (const bundle of bundles) if ((await this.read(bundle.index, bundle.root)) === null) missing.push(bundle)
    const files = missing.map(({ index, root, bytes }) => ({ path: bundlePath(index, root), bytes }))
    await writeAllDurable(this.#directory, files)
    for (const { index, root } of missing)
      if ((await this.read(index, root)) === null)
        throw new ArchiveError("not-archived", `${this.pathOf(index, root)} does not hold what was written to it`)
    await writeDurable(join(this.#directory, "checkpoint"), Buffer.from(note))
  }
}
