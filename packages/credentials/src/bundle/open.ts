/** From a stored, signed envelope to knowledge that may be activated; and how roots sign one. */
import { createHash } from "node:crypto"
import { type DsseSigner, dsseSign, dsseVerify } from "@assay/jose"
import type { Active, ReasonCode, RootSet, TrustBundle } from "@assay/trust"
import { encodeBundle, parseBundle } from "./parse.ts"

export const BUNDLE_TYPE = "application/vnd.assay.trust-bundle+json"

export interface OpenedBundle {
  readonly active: Active<TrustBundle>
  /** The roots that must sign the next bundle: the rotated ones, or the same. */
  readonly nextRoots: RootSet
}
export interface OpenFailure {
  /** Codes `control.knowledge_*`, one or more. */
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly detail: string
}

/** What the log knows at the activation. */
export interface OpenLimits {
  /** Milliseconds since 1970; a bundle that has expired by then is refused. */
  readonly time: number
  /** The highest version activated before; 0 where there was none. */
  readonly above: number
}

const refuse = (reason: ReasonCode, detail: string): OpenFailure => ({ reasons: [reason], detail })

/**
 * Checks and reads a bundle's envelope: signed by the threshold of `roots`, and, where it rotates them, also by that of
 * the new roots, so that nobody is locked out by a mistyped key and no old root alone can hand the house over. Expiry and
 * version are checked where `limits` are given. Never throws; costs one signature check per root and the inflation of
 * the status lists.
 */
export const openBundle = (envelope: Uint8Array, roots: RootSet, limits?: OpenLimits): OpenedBundle | OpenFailure => {
  const signed = dsseVerify(envelope, BUNDLE_TYPE, roots)
  if ("reason" in signed) {
    const unread = signed.reason === "malformed" || signed.reason === "type"
    return refuse(unread ? "control.knowledge_malformed" : "control.knowledge_unsigned", signed.detail)
  }
  const body = parseBundle(signed.payload)
  if ("errors" in body) {
    const { path, message, line } = body.errors[0]!
    return refuse(
      "control.knowledge_malformed",
      `${path || "bundle"} ${message}${line === undefined ? "" : ` (line ${line})`}`,
    )
  }
  if (body.nextRoots !== null) {
    const accepted = dsseVerify(envelope, BUNDLE_TYPE, body.nextRoots)
    if ("reason" in accepted) return refuse("control.knowledge_unsigned", `next roots: ${accepted.detail}`)
  }
  if (limits !== undefined && body.version <= limits.above)
    return refuse("control.knowledge_version", `version ${body.version} is not above ${limits.above}`)
  if (limits !== undefined && body.expires <= limits.time)
    return refuse("control.knowledge_expired", `expired ${new Date(body.expires).toISOString()}`)
  const hash = createHash("sha256").update(envelope).digest("hex")
  return {
    active: { hash, version: body.version, expires: body.expires, body },
    nextRoots: body.nextRoots ?? roots,
  }
}

/** The signed envelope of a bundle. Throws TypeError where the bundle would not be read back or a key is not its DID's. */
export const signBundle = (bundle: TrustBundle, signers: ReadonlyArray<DsseSigner>): Uint8Array =>
  dsseSign(BUNDLE_TYPE, encodeBundle(bundle), signers)
