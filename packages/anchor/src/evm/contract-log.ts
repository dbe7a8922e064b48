/** What binds a contract to an anchor log, and whether what it holds is that log's history. */
import { hash } from "node:crypto"
import { encodeVkey, equalHash, type VerifierKey } from "@assay/transparency"
import type { AnchorHistory } from "../anchor.ts"
import type { Chain } from "./chain.ts"

/** What a contract is of: SHA-256 of the verifier key, as text. */
export const logIdOf = (key: VerifierKey): Uint8Array => hash("sha256", encodeVkey(key), "buffer")

/**
 * What the contract holds already, compared with the log.
 * @returns its leaves; or, where its history is not the log's, why, which nothing but a person can settle
 */
export const compareWithContract = async (
  chain: Chain,
  history: AnchorHistory,
): Promise<{ readonly size: number } | { readonly otherHistory: string }> => {
  const { size, root } = await chain.contractHead()
  if (size === 0) return { size }
  const own = await history.rootAt(size)
  if (own === null)
    return {
      otherHistory: `the contract holds ${size} leaves and the log has fewer: it was put back to an older copy, or the key is used elsewhere`,
    }
  if (!equalHash(own, root))
    return {
      otherHistory: `the contract holds another tree of ${size} leaves than the log: its key signed two histories`,
    }
  return { size }
}
