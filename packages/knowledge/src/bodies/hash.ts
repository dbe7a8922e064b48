/** Bodies of knowledge go by their hash; whoever keeps them is asked for them by it. */
import { createHash } from "node:crypto"

/** Where a partition's bodies are kept. */
export interface BodySource {
  /** The bytes under a hash, or null. What is returned must have the hash; `checkedBodies` sees to that. */
  get(hash: string): Promise<Uint8Array | null>
}

/** Hex SHA-256: the id of a body everywhere. */
export const hashOfBody = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex")

const HASH = /^[0-9a-f]{64}$/

/**
 * Bodies whose bytes do not have the hash are as good as missing. Whoever may write an activation chooses its hash, and what
 * is none need not even be a name that the store takes.
 */
export const checkedBodies = (read: (hash: string) => Promise<Uint8Array | null>): BodySource => ({
  get: async (hash) => {
    if (!HASH.test(hash)) return null
    const body = await read(hash)
    return body !== null && hashOfBody(body) === hash ? body : null
  },
})
