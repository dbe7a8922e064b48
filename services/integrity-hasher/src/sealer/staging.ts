/**
 * Staging: the tiles of one seal in one durable file, written before the row is swapped, applied after. A swap whose answer
 * was lost may come to be later, so what is staged stays until a seal of the same or a larger tree is whole.
 *
 *   uint32 count; per file: uint16 path length, path, uint32 length, bytes (big-endian)
 */
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import type { Hash, TileFile } from "@assay/transparency"
import { makeDirectory, readOptional, removeFile, writeDurable } from "@assay/transparency/storage"

const encode = (files: ReadonlyArray<TileFile>): Uint8Array => {
  const parts: Array<Uint8Array> = []
  const count = Buffer.alloc(4)
  count.writeUInt32BE(files.length)
  parts.push(count)
  for (const { path, bytes } of files) {
    const name = Buffer.from(path)
    const head = Buffer.alloc(2 + name.length + 4)
    head.writeUInt16BE(name.length)
    name.copy(head, 2)
    head.writeUInt32BE(bytes.length, 2 + name.length)
    parts.push(head, bytes)
  }
  return Buffer.concat(parts)
}

const decode = (bundle: Uint8Array): Array<TileFile> => {
  const buffer = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length)
  const files: Array<TileFile> = []
  let at = 4
  for (let left = buffer.readUInt32BE(0); left > 0; left -= 1) {
    const name = at + 2
    const length = name + buffer.readUInt16BE(at)
    const start = length + 4
    at = start + buffer.readUInt32BE(length)
    files.push({ path: buffer.toString("utf8", name, length), bytes: buffer.subarray(start, at) })
  }
  return files
}

/** A seal takes 16 MiB of events, in as many leaves, and their tiles. */
const MAX_STAGED = 1 << 30

export class Staging {
  readonly #directory: string
  readonly #temporary: string
  /** @param temporary what follows a file's name while it is written */
  constructor(directory: string, temporary: string) {
    this.#directory = directory
    this.#temporary = temporary
  }

  #path(size: number, root: Hash): string {
    return join(this.#directory, `${size}-${Buffer.from(root).toString("hex")}`)
  }

  /** Durable when it resolves. */
  write(size: number, root: Hash, files: ReadonlyArray<TileFile>): Promise<void> {
    return writeDurable(this.#path(size, root), encode(files), this.#temporary)
  }

  /** The files staged for this tree; null where nothing is. */
  async read(size: number, root: Hash): Promise<Array<TileFile> | null> {
    const bytes = await readOptional(this.#path(size, root), MAX_STAGED)
    return bytes === null ? null : decode(bytes)
  }

  /** Makes the directory. @throws LinkedFileError where somebody put a link in its place */
  open(): Promise<void> {
    return makeDirectory(this.#directory)
  }

  /** Throws away what was staged for trees of up to `size` leaves: the row names a tree of that size, or a larger one. */
  async clear(size: number): Promise<void> {
    await this.open()
    for (const name of await readdir(this.#directory))
      if (Number.parseInt(name, 10) <= size) await removeFile(join(this.#directory, name))
  }
}
