/**
 * A set of devices, or of firmware reference values, as a Merkle tree (RFC 6962), so that its root can be anchored and one member
 * proven without naming another:
 *
 *   entry = "assay/member/v1\n" <member> "\n"
 *
 * A member is a DID; in the set `firmware` it is `sha256:` and the hash of a signed item of reference values, in hex.
 *
 * The leaves of a first set are in the order of their hashes. From then on the set is changed and not made anew: a member that comes
 * takes a place that its hash picks, and who was there goes to the end; one that goes is replaced by the last. So a change costs the
 * hashes on two ways to the root, and a place says nothing of when a member came. The order is kept with the members (`store.ts`).
 *
 * Its head is signed as a checkpoint of the name `<anchor log>/<set>` and is a leaf of the anchor log. It is no log: the next set
 * does not continue the one before. Who knows a member can tell whether a proof is about it; no proof names another one.
 */
import {
  buildProof,
  type Hash,
  type LogSigner,
  leafHash,
  signCheckpoint,
  type VerifierKey,
  verifierKey,
} from "@assay/transparency"
import { EditableTree } from "./tree.ts"

export const SETS = ["enrolled", "revoked", "firmware"] as const
export type SetName = (typeof SETS)[number]

/** The key that verifies heads of a set: the anchor log's own, under the set's name. */
export const setKey = ({ name, publicKey }: VerifierKey, set: SetName): VerifierKey =>
  verifierKey(`${name}/${set}`, publicKey)

export const memberEntry = (member: string): Uint8Array => Buffer.from(`assay/member/v1\n${member}\n`)

export interface SetChange {
  /** How many came. */
  readonly added: number
  readonly removed: ReadonlyArray<string>
}

export class MemberSet {
  readonly #tree = new EditableTree()
  /** In the order of the leaves. */
  readonly #members: Array<string> = []
  /** Where each member stands. */
  readonly #places = new Map<string, number>()

  /** A first set. @param names in any order, and more than once as well */
  constructor(names: Iterable<string> = []) {
    const members = [...new Set(names)].map((name) => ({ name, hash: Buffer.from(leafHash(memberEntry(name))) }))
    members.sort((a, b) => Buffer.compare(a.hash, b.hash))
    for (const { name, hash } of members) this.#append(name, hash)
  }

  /** One that was kept. @param members in the order of its leaves, each once */
  static inOrder(members: Iterable<string>): MemberSet {
    const set = new MemberSet()
    for (const name of members) if (!set.has(name)) set.#append(name, leafHash(memberEntry(name)))
    return set
  }

  get size(): number {
    return this.#members.length
  }

  get root(): Hash {
    return this.#tree.root()
  }

  /** How many nodes of the tree were hashed so far. */
  get hashed(): number {
    return this.#tree.hashed
  }

  /** In the order of the leaves. Not to be kept: it may change under the caller. */
  get members(): ReadonlyArray<string> {
    return this.#members
  }

  has(name: string): boolean {
    return this.#places.has(name)
  }

  /** Changes the set into that of these names. */
  update(names: Iterable<string>): SetChange {
    const stays = new Uint8Array(this.size)
    const added = new Set<string>()
    for (const name of names) {
      const place = this.#places.get(name)
      if (place === undefined) added.add(name)
      else stays[place] = 1
    }
    const removed: Array<string> = []
    stays.forEach((is, place) => {
      if (is === 0) removed.push(this.#members[place]!)
    })
    for (const name of removed) this.#remove(name)
    for (const name of added) this.#insert(name)
    return { added: added.size, removed }
  }

  #append(name: string, hash: Hash): void {
    this.#tree.set(this.size, hash)
    this.#places.set(name, this.size)
    this.#members.push(name)
  }

  #insert(name: string): void {
    const hash = leafHash(memberEntry(name))
    const place = Buffer.from(hash).readUIntBE(0, 6) % (this.size + 1)
    const there = this.#members[place]
    if (there === undefined) {
      this.#append(name, hash)
      return
    }
    this.#append(there, Uint8Array.from(this.#tree.leaf(place)))
    this.#put(place, name, hash)
  }

  #remove(name: string): void {
    const place = this.#places.get(name)!
    const last = this.#members.pop()!
    const hash = Uint8Array.from(this.#tree.leaf(this.size))
    this.#tree.pop()
    this.#places.delete(name)
    if (last !== name) this.#put(place, last, hash)
  }

  #put(place: number, name: string, hash: Hash): void {
    this.#tree.set(place, hash)
    this.#members[place] = name
    this.#places.set(name, place)
  }

  /** @param key of the set. @throws what the signer throws */
  sign(key: VerifierKey, signer: LogSigner): Promise<string> {
    return signCheckpoint({ origin: key.name, size: this.size, root: this.root }, signer)
  }

  /** C2SP tlog-proof that the member is in it; null where it is not. @param note a signed head of this very set */
  async prove(member: string, note: string): Promise<string | null> {
    const at = this.#places.get(member)
    return at === undefined ? null : buildProof(at, note, this.#tree)
  }
}
