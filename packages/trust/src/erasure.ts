/**
 * What an erasure names: the pseudonym under which the log holds a device, and the SHA-256 of an opening that tells which
 * device that is. The target of the signed command consists of these two, so that the command can stand in the audit record
 * for ever and says nothing of the device; the opening travels beside it, in `submitted` only. Pure.
 *
 *   target   `urn:assay:erase:<pseudonym, 32 hex digits>:<SHA-256 of the opening, base64url>`
 *   opening  `~` and the base64url of: nonce (32 bytes), DID (UTF-8); an element of the command's tokens
 */
import type { AuditEvent } from "./audit.ts"
import { controlDetailOf } from "./control-detail.ts"

const TARGET = /^urn:assay:erase:([0-9a-f]{32}):([A-Za-z0-9_-]{43})$/

export interface ErasureTarget {
  /** Hex of 16 bytes. */
  readonly pseudonym: string
  /** base64url of SHA-256. */
  readonly opening: string
}

export const erasureTarget = ({ pseudonym, opening }: ErasureTarget): string =>
  `urn:assay:erase:${pseudonym}:${opening}`

/** @returns null where the text is none */
export const parseErasureTarget = (target: string): ErasureTarget | null => {
  const match = TARGET.exec(target)
  return match === null ? null : { pseudonym: match[1]!, opening: match[2]! }
}

/** The pseudonym that an audit event says was erased; null for any other event. Its signatures are not looked at. */
export const erasedIn = (event: Pick<AuditEvent, "kind" | "detail" | "count">): string | null => {
  if (event.kind !== "control" || event.count !== 1) return null
  const detail = controlDetailOf(event)
  if (detail?.kind !== "command" || detail.verb !== "erase") return null
  return parseErasureTarget(detail.target)?.pseudonym ?? null
}
