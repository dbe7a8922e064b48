/**
 * The erasable keys that salt the leaves: 32 random bytes per device, in one file of fixed slots of 64 bytes:
 *
 *   live    SHA-256(device DID) (32), key (32)
 *   erased  zero (48), pseudonym (16): so that a verifier can tell an erased device's leaves from altered ones
 *
 * A slot never crosses a disk sector, so it is written whole or not at all; a torn last slot is cut off. A key is durable
 * before `ensure` resolves, hence before any leaf that needs it. Erasing overwrites in place: on file systems or disks
 * that keep old blocks (snapshots, copy on write, flash) the old bytes may outlive that, so keep the file on encrypted
 * storage. Whoever has this file can link leaves to devices. One process writes at a time.
 *
 * Keys stay in the file: anybody can make up devices, so memory holds their places alone (`key-index.ts`), and the keys of
 * a bounded number of late ones.
 */
import { randomBytes } from "node:crypto"
import { constants, readSync } from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { dirname } from "node:path"
import { equalHash, sha256 } from "../hash.ts"
import { DEVICE_KEY_BYTES, NO_DEVICE, PSEUDONYM_BYTES, pseudonymOf, type SaltKey } from "../leaf.ts"
import { makeDirectory, openOptional, syncDirectory } from "./files.ts"
import { KeyIndex } from "./key-index.ts"
import { openUnlinked } from "./links.ts"

const SLOT = 64

/** What verification needs of the keys. */
export interface KeyReader {
  /** Null where the device never had a key, or its key is erased. */
  get(device: string): SaltKey | null
  isErased(pseudonym: Uint8Array): boolean
}

/** One that somebody must close. */
export interface OpenKeys extends KeyReader {
  close(): Promise<void>
}

const ID_BYTES = 32
const RECENT = 16_384
/** Slots read at once where all are looked at. */
const CHUNK = 4_096

const idOf = (device: string): Uint8Array => sha256(Buffer.from(device))
const NO_DEVICE_ID = idOf(NO_DEVICE)
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")
const isErasedSlot = (slot: Uint8Array): boolean => slot.subarray(0, ID_BYTES).every((byte) => byte === 0)
const pseudonymIn = (slot: Uint8Array): Uint8Array => slot.subarray(SLOT - PSEUDONYM_BYTES)

const slotsOf = (chunk: Uint8Array): ReadonlyArray<Uint8Array> =>
  Array.from({ length: chunk.length / SLOT }, (_, i) => chunk.subarray(i * SLOT, (i + 1) * SLOT))
const isKeyOf = (slot: Uint8Array, pseudonym: Uint8Array): boolean =>
  !isErasedSlot(slot) &&
  !equalHash(slot.subarray(0, ID_BYTES), NO_DEVICE_ID) &&
  equalHash(pseudonymOf(slot.subarray(ID_BYTES)), pseudonym)

export class KeyStore implements OpenKeys {
  readonly #file: FileHandle | null
  readonly #newKey: ((device: string) => Uint8Array) | null
  readonly #index = new KeyIndex()
  /** As many as operators signed away. */
  readonly #erased = new Set<string>()
  #count = 0
  /** Devices of late, so that a busy one is neither hashed nor read for each event. */
  readonly #recent = new Map<string, SaltKey>()
  readonly #slot = Buffer.alloc(SLOT)

  private constructor(file: FileHandle | null, newKey: ((device: string) => Uint8Array) | null) {
    this.#file = file
    this.#newKey = newKey
  }

  /**
   * Opens or creates.
   * @throws LinkedFileError where a link stands in the place of the file or its directory
   * @param newKey for tests that want the same log twice; random by default
   */
  static async open(
    path: string,
    newKey = (_device: string): Uint8Array => randomBytes(DEVICE_KEY_BYTES),
  ): Promise<KeyStore> {
    await makeDirectory(dirname(path))
    const old = await openOptional(path, constants.O_RDWR)
    const file = old ?? (await openUnlinked(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600))
    if (old === null) await syncDirectory(dirname(path))
    return new KeyStore(file, newKey).#load()
  }

  /** For verification: never creates or writes. A missing file holds no keys. */
  static async read(path: string): Promise<OpenKeys & Pick<KeyStore, "erasedCount">> {
    return new KeyStore(await openOptional(path, constants.O_RDONLY), null).#load()
  }

  get(device: string): SaltKey | null {
    const recent = this.#recent.get(device)
    if (recent !== undefined) return recent
    const id = idOf(device)
    // Where it is found, its slot is the one that was read last.
    if (this.#index.find(id, (slot) => this.#isOf(slot, id)) < 0) return null
    return this.#remember(device, new Uint8Array(this.#slot.subarray(ID_BYTES)))
  }

  isErased(pseudonym: Uint8Array): boolean {
    return this.#erased.has(text(pseudonym))
  }

  /** How many keys are erased, as far as they were read. */
  get erasedCount(): number {
    return this.#erased.size
  }

  /** Makes keys for the devices that have none; durable when it resolves. */
  async ensure(devices: Iterable<string>): Promise<void> {
    const fresh = new Set<string>()
    for (const device of devices) if (!fresh.has(device) && this.get(device) === null) fresh.add(device)
    if (fresh.size === 0) return
    const { file, newKey } = this.#writable()
    const made = [...fresh].map((device) => ({ device, id: idOf(device), key: new Uint8Array(newKey(device)) }))
    await writeAt(file, Buffer.concat(made.flatMap(({ id, key }) => [id, key])), this.#count * SLOT)
    for (const { device, id, key } of made) {
      this.#index.add(id, this.#count++)
      this.#remember(device, key)
    }
  }

  /**
   * Forgets the key that gives this pseudonym for good; false where there is none. Its leaves can then no longer be opened or
   * linked. The key of events of no device stays. Looks at every key: erasures are rare.
   */
  async erase(pseudonym: Uint8Array): Promise<boolean> {
    const { file } = this.#writable()
    let found = -1
    for await (const [chunk, from] of this.#chunks(this.#count)) {
      const at = slotsOf(chunk).findIndex((slot) => isKeyOf(slot, pseudonym))
      if (at < 0) continue
      found = from + at
      break
    }
    if (found < 0) return false
    const bytes = Buffer.alloc(SLOT)
    bytes.set(pseudonym, SLOT - PSEUDONYM_BYTES)
    await writeAt(file, bytes, found * SLOT)
    this.#slot.fill(0)
    this.#recent.clear()
    this.#erased.add(text(pseudonym))
    return true
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  async #load(): Promise<this> {
    const size = (await this.#file?.stat())?.size ?? 0
    for await (const [chunk, from] of this.#chunks(Math.floor(size / SLOT))) {
      for (const [at, slot] of slotsOf(chunk).entries())
        if (isErasedSlot(slot)) this.#erased.add(text(pseudonymIn(slot)))
        else this.#index.add(slot.subarray(0, ID_BYTES), from + at)
      this.#count = from + chunk.length / SLOT
    }
    return this
  }

  /** All slots, many at once, with the number of the first. A chunk is overwritten by the next. */
  async *#chunks(count: number): AsyncIterable<readonly [Uint8Array, number]> {
    const chunk = Buffer.alloc(Math.min(count, CHUNK) * SLOT)
    for (let from = 0; from < count; from += CHUNK) {
      const length = Math.min(CHUNK, count - from) * SLOT
      const read = await this.#file?.read(chunk, 0, length, from * SLOT)
      if (read?.bytesRead !== length) throw new Error(`the file of keys ended before slot ${count}`)
      yield [chunk.subarray(0, length), from]
    }
  }

  /** Reads a slot, and compares whose it is. One that was erased meanwhile, by the process that writes, is noted. */
  #isOf(slot: number, id: Uint8Array): boolean {
    if (this.#file === null) return false
    const read = readSync(this.#file.fd, this.#slot, 0, SLOT, slot * SLOT)
    if (read !== SLOT) throw new Error(`the file of keys ended before slot ${slot}`)
    if (isErasedSlot(this.#slot)) this.#erased.add(text(pseudonymIn(this.#slot)))
    return equalHash(this.#slot.subarray(0, ID_BYTES), id)
  }

  #remember(device: string, key: Uint8Array): SaltKey {
    const salt = { key, pseudonym: pseudonymOf(key) }
    if (this.#recent.size >= RECENT) this.#recent.clear()
    this.#recent.set(device, salt)
    return salt
  }

  #writable(): { readonly file: FileHandle; readonly newKey: (device: string) => Uint8Array } {
    if (this.#file === null || this.#newKey === null) throw new Error("the key store was opened for reading")
    return { file: this.#file, newKey: this.#newKey }
  }
}

/** Durable when it resolves; a disk that is full takes a part. */
const writeAt = async (file: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  await file.datasync()
}
