/**
 * At which slot of the file a device's key may lie. 8 bytes a place in one typed array, so that a name that was seen once,
 * and whoever made it up, costs 9 to 18 bytes and nothing of the garbage collector's. It holds 32 bits of each name: the
 * file says whose a slot is.
 */
import { randomBytes } from "node:crypto"

/** A place holds the hash of a name, and its slot + 1; 0 where it is free. */
const PLACE = 2
const MIN_PLACES = 1024

export class KeyIndex {
  /** Names are made by whoever likes: without the seed nobody can make ones that share their places. */
  readonly #seed = Uint32Array.from({ length: 4 }, () => randomBytes(4).readUInt32LE() | 1)
  #places = new Uint32Array(MIN_PLACES * PLACE)
  #count = 0

  /** @param id SHA-256 of the name. @param slot below 2^32 - 1 */
  add(id: Uint8Array, slot: number): void {
    if ((this.#count + 1) * 8 > (this.#places.length / PLACE) * 7) this.#grow()
    put(this.#places, this.#hash(id), slot + 1)
    this.#count += 1
  }

  /** The slot that is this name's, or -1. @param isOf asks the file */
  find(id: Uint8Array, isOf: (slot: number) => boolean): number {
    const hash = this.#hash(id)
    const places = this.#places
    const mask = places.length / PLACE - 1
    for (let at = hash & mask; places[at * PLACE + 1] !== 0; at = (at + 1) & mask) {
      const slot = places[at * PLACE + 1]! - 1
      if (places[at * PLACE] === hash && isOf(slot)) return slot
    }
    return -1
  }

  #grow(): void {
    const old = this.#places
    this.#places = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += PLACE) if (old[at + 1] !== 0) put(this.#places, old[at]!, old[at + 1]!)
  }

  #hash(id: Uint8Array): number {
    let hash = 0
    for (let word = 0; word < 4; word += 1) {
      const at = word * 4
      const bits = id[at]! | (id[at + 1]! << 8) | (id[at + 2]! << 16) | (id[at + 3]! << 24)
      hash = Math.imul(hash ^ bits, this.#seed[word]!)
      hash ^= hash >>> 15
    }
    return hash >>> 0
  }
}

const put = (places: Uint32Array, hash: number, value: number): void => {
  const mask = places.length / PLACE - 1
  let at = hash & mask
  while (places[at * PLACE + 1] !== 0) at = (at + 1) & mask
  places[at * PLACE] = hash
  places[at * PLACE + 1] = value
}
