/** What devices signed, and what was answered: known by the digest of the signing input, which also the record of a decision bears. */
import { createHash } from "node:crypto"
import type { Origin } from "@assay/trust"

export interface Said {
  readonly device: string
  /** By which protocol. */
  readonly by: "http" | "mqtt"
  /** Where it was acknowledged to lie; null where it was not, or the protocol does not tell. */
  origin: Origin | null
  /** Whether somebody was answered that it is taken. */
  acknowledged: boolean
}

/** SHA-256 of what a compact JWS signs, base64url. */
export const digestOf = (bytes: Uint8Array): string =>
  createHash("sha256")
    .update(bytes.subarray(0, Math.max(0, bytes.lastIndexOf(0x2e))))
    .digest("base64url")

export type Book = Map<string, Said>
