/**
 * Merkle tree hashing (RFC 6962 section 2.1, RFC 9162 section 2.1.1), SHA-256. Leaves and nodes have different prefixes,
 * so that no node can be passed off as a leaf.
 */
import { hash } from "node:crypto"

/** 32 bytes. Never mutated once made. */
export type Hash = Uint8Array

export const HASH_BYTES = 32

const node = Buffer.alloc(1 + 2 * HASH_BYTES)
node[0] = 1
let leaf = Buffer.alloc(1024)

/** SHA-256 as one call: several times as fast as `createHash` on short inputs. */
export const sha256 = (data: Uint8Array): Hash => hash("sha256", data, "buffer")

/** The root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Hash = sha256(new Uint8Array(0))

/** SHA-256(0x00 || data). */
export const leafHash = (data: Uint8Array): Hash => {
  if (leaf.length <= data.length) leaf = Buffer.alloc(2 * data.length + 1)
  leaf[0] = 0
  leaf.set(data, 1)
  return sha256(leaf.subarray(0, 1 + data.length))
}

/** SHA-256(0x01 || left || right). */
export const nodeHash = (left: Hash, right: Hash): Hash => {
  node.set(left, 1)
  node.set(right, 1 + HASH_BYTES)
  return sha256(node)
}

export const equalHash = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false
  return true
}
