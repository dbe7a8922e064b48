/**
 * Which entries of the anchor log are checkpoints of which log, so that nobody reads all of it to find one log's. It follows from the
 * entries, is not signed, and is made anew from where it ends: what is found by it is read from the log and verified there.
 *
 *   origins/upto                          how many entries it covers, in decimal
 *   origins/<SHA-256 of the origin>       uint16 length, origin; then for each checkpoint uint64 entry, uint64 leaves (big-endian)
 *
 * One writer; readers beside it look at the entries behind `upto` themselves.
 */

import { hash } from "node:crypto"
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
} from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { NoteError, readCheckpoint } from "@assay/transparency"
import { makeDirectory, readOptional, writeDurable } from "@assay/transparency/storage"

/** A checkpoint in the anchor log. */
export interface Place {
  /** The entry. */
  readonly at: number
  /** Leaves of the log that it is of. */
  readonly size: number
}

const PLACE = 16
const DIRECTORY = "origins"
const UPTO = "upto"
const MAX_BYTES = 1 << 30

/** Of an entry of the anchor log; null where it is no checkpoint. */
export const placeIn = (at: number, entry: Uint8Array): (Place & { readonly origin: string }) | null => {
  try {
    const { origin, size } = readCheckpoint(Buffer.from(entry).toString("utf8"))
    return { at, origin, size }
  } catch (cause) {
    if (cause instanceof NoteError) return null
    throw cause
  }
}

const headOf = (origin: string): Buffer => {
  const name = Buffer.from(origin)
  const head = Buffer.alloc(2 + name.length)
  head.writeUInt16BE(name.length)
  name.copy(head, 2)
  return head
}

const encode = ({ at, size }: Place): Buffer => {
  const bytes = Buffer.alloc(PLACE)
  bytes.writeBigUInt64BE(BigInt(at))
  bytes.writeBigUInt64BE(BigInt(size), 8)
  return bytes
}

export class OriginIndex {
  readonly #directory: string
  #upto: number

  private constructor(directory: string, upto: number) {
    this.#directory = directory
    this.#upto = upto
  }

  /** Writes nothing. @param directory of the anchor log */
  static async open(directory: string): Promise<OriginIndex> {
    const path = join(directory, DIRECTORY)
    const bytes = await readOptional(join(path, UPTO))
    const upto = Number(Buffer.from(bytes ?? "0").toString("utf8"))
    return new OriginIndex(path, Number.isSafeInteger(upto) && upto >= 0 ? upto : 0)
  }

  /** How many entries it covers. */
  get upto(): number {
    return this.#upto
  }

  #path(origin: string): string {
    return join(this.#directory, hash("sha256", origin, "hex"))
  }

  /** Takes in the entries from `upto` on. What a crash left of an earlier call is taken away first. */
  async add(entries: ReadonlyArray<Uint8Array>): Promise<void> {
    const found = new Map<string, Array<Place>>()
    for (const [i, entry] of entries.entries()) {
      const place = placeIn(this.#upto + i, entry)
      if (place !== null) found.set(place.origin, [...(found.get(place.origin) ?? []), place])
    }
    await makeDirectory(this.#directory)
    for (const [origin, places] of found) this.#append(origin, places)
    this.#upto += entries.length
    await writeDurable(join(this.#directory, UPTO), Buffer.from(String(this.#upto)))
  }

  /** Begins anew: it covers entries that the log does not have, which was put back to an older copy. */
  async reset(): Promise<void> {
    this.#upto = 0
    await this.add([])
  }

  #append(origin: string, places: ReadonlyArray<Place>): void {
    const path = this.#path(origin)
    const head = headOf(origin)
    const fd = openSync(path, "a+", 0o600)
    try {
      let { size } = fstatSync(fd)
      if (size < head.length) {
        ftruncateSync(fd, 0)
        appendFileSync(fd, head)
        size = head.length
      }
      const whole = head.length + Math.floor((size - head.length) / PLACE) * PLACE
      let end = whole
      const last = Buffer.alloc(PLACE)
      while (end > head.length) {
        readSync(fd, last, 0, PLACE, end - PLACE)
        if (Number(last.readBigUInt64BE()) < this.#upto) break
        end -= PLACE
      }
      if (end < size) ftruncateSync(fd, end)
      appendFileSync(fd, Buffer.concat(places.map(encode)))
    } finally {
      closeSync(fd)
    }
  }

  /** The checkpoints of this log among the entries that the index covers, in order. */
  async places(origin: string): Promise<ReadonlyArray<Place>> {
    const bytes = await readOptional(this.#path(origin), MAX_BYTES)
    if (bytes === null) return []
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const found: Array<Place> = []
    for (let at = headOf(origin).length; at + PLACE <= buffer.length; at += PLACE) {
      const place = { at: Number(buffer.readBigUInt64BE(at)), size: Number(buffer.readBigUInt64BE(at + 8)) }
      // Behind it lies what a writer is about to finish: whoever reads looks there himself.
      if (place.at < this.#upto) found.push(place)
    }
    return found
  }

  /** All logs that it has checkpoints of. */
  async origins(): Promise<ReadonlyArray<string>> {
    if (!existsSync(this.#directory)) return []
    const names = (await readdir(this.#directory)).filter((name) => /^[0-9a-f]{64}$/.test(name))
    return names.map((name) => {
      const bytes = readFileSync(join(this.#directory, name))
      return bytes.toString("utf8", 2, 2 + bytes.readUInt16BE())
    })
  }
}
