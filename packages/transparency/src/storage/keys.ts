/**
 * The erasable keys that salt the leaves: 32 random bytes per device, in one file of fixed slots of 64 bytes:
 *
 *   live    SHA-256(device DID) (32), key (32)
 *   erased  zero (48), pseudonym (16): so that a verifier can tell an erased device's leaves from altered ones
 *
 * A slot never crosses a disk sector, so it is written whole or not at all; a torn last slot is cut off. A key is durable
 * before `keysFor` resolves, hence before any leaf that needs it. Erasing overwrites in place: on file systems or disks
 * that keep old blocks (snapshots, copy on write, flash) the old bytes may outlive that, so keep the file on encrypted
 * storage. Whoever has this file can link leaves to devices. One process at a time.
 */
import { randomBytes } from "node:crypto"
import { type FileHandle, open } from "node:fs/promises"
import { dirname } from "node:path"
import { equalHash, sha256 } from "../hash.ts"
import { DEVICE_KEY_BYTES, NO_DEVICE, PSEUDONYM_BYTES, pseudonymOf, type SaltKey } from "../leaf.ts"
import { makeDirectory, readOptional, syncDirectory } from "./files.ts"

const SLOT = 64

/** What verification needs of the keys. */
export interface KeyReader {
  /** Null where the device never had a key, or its key is erased. */
  get(device: string): SaltKey | null
  isErased(pseudonym: Uint8Array): boolean
}

const name = (device: string): string => Buffer.from(sha256(Buffer.from(device))).toString("latin1")
const NO_DEVICE_ID = name(NO_DEVICE)
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

export class KeyStore implements KeyReader {
  readonly #file: FileHandle | null
  readonly #newKey: (device: string) => Uint8Array
  readonly #slots = new Map<string, number>()
  readonly #erased = new Set<string>()
  #keys: Buffer
  #count = 0
  /** Devices of late, so that a busy one is not hashed for each event. */
  readonly #recent = new Map<string, SaltKey>()

  private constructor(file: FileHandle | null, bytes: Uint8Array, newKey: (device: string) => Uint8Array) {
    this.#file = file
    this.#newKey = newKey
    this.#count = Math.floor(bytes.length / SLOT)
    this.#keys = Buffer.alloc(Math.max(1024, 2 * this.#count) * SLOT)
    this.#keys.set(bytes.subarray(0, this.#count * SLOT))
    for (let i = 0; i < this.#count; i += 1) {
      const slot = this.#keys.subarray(i * SLOT, (i + 1) * SLOT)
      if (slot.subarray(0, 32).some((byte) => byte !== 0)) this.#slots.set(text(slot.subarray(0, 32)), i)
      else this.#erased.add(text(slot.subarray(SLOT - PSEUDONYM_BYTES)))
    }
  }

  /** Opens or creates. @param newKey for tests that want the same log twice; random by default */
  static async open(
    path: string,
    newKey = (_device: string): Uint8Array => randomBytes(DEVICE_KEY_BYTES),
  ): Promise<KeyStore> {
    await makeDirectory(dirname(path))
    const bytes = await readOptional(path)
    const file = await open(path, bytes === null ? "w+" : "r+", 0o600)
    if (bytes === null) await syncDirectory(dirname(path))
    return new KeyStore(file, bytes ?? new Uint8Array(0), newKey)
  }

  /** For verification: never creates or writes. A missing file holds no keys. */
  static async read(path: string): Promise<KeyReader> {
    return new KeyStore(null, (await readOptional(path)) ?? new Uint8Array(0), () => new Uint8Array(0))
  }

  get(device: string): SaltKey | null {
    const recent = this.#recent.get(device)
    if (recent !== undefined) return recent
    const slot = this.#slots.get(name(device))
    if (slot === undefined) return null
    const key = new Uint8Array(this.#keys.subarray(slot * SLOT + 32, (slot + 1) * SLOT))
    const found = { key, pseudonym: pseudonymOf(key) }
    if (this.#recent.size >= 16_384) this.#recent.clear()
    this.#recent.set(device, found)
    return found
  }

  isErased(pseudonym: Uint8Array): boolean {
    return this.#erased.has(text(pseudonym))
  }

  /** Makes keys for the devices that have none; durable when it resolves. */
  async ensure(devices: Iterable<string>): Promise<void> {
    const fresh = new Set<string>()
    for (const device of devices) if (!fresh.has(device) && this.get(device) === null) fresh.add(device)
    if (fresh.size === 0) return
    const slots = [...fresh].map((device) => Buffer.concat([Buffer.from(name(device), "latin1"), this.#newKey(device)]))
    const bytes = Buffer.concat(slots)
    const file = this.#writable()
    await file.write(bytes, 0, bytes.length, this.#count * SLOT)
    await file.datasync()
    this.#grow(this.#count + slots.length)
    this.#keys.set(bytes, this.#count * SLOT)
    for (const slot of slots) this.#slots.set(text(slot.subarray(0, 32)), this.#count++)
  }

  /**
   * Forgets the key that gives this pseudonym for good; false where there is none. Its leaves can then no longer be opened or
   * linked. The key of events of no device stays. Looks at every key: erasures are rare.
   */
  async erase(pseudonym: Uint8Array): Promise<boolean> {
    for (const [id, slot] of this.#slots) {
      const key = this.#keys.subarray(slot * SLOT + 32, (slot + 1) * SLOT)
      if (id === NO_DEVICE_ID || !equalHash(pseudonymOf(key), pseudonym)) continue
      const bytes = Buffer.alloc(SLOT)
      bytes.set(pseudonym, SLOT - PSEUDONYM_BYTES)
      const file = this.#writable()
      await file.write(bytes, 0, SLOT, slot * SLOT)
      await file.datasync()
      this.#keys.set(bytes, slot * SLOT)
      this.#slots.delete(id)
      this.#recent.clear()
      this.#erased.add(text(pseudonym))
      return true
    }
    return false
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  #writable(): FileHandle {
    if (this.#file === null) throw new Error("the key store was opened for reading")
    return this.#file
  }

  #grow(slots: number): void {
    if (slots * SLOT <= this.#keys.length) return
    const larger = Buffer.alloc(2 * slots * SLOT)
    larger.set(this.#keys)
    this.#keys = larger
  }
}
