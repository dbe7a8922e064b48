/** From a stored, signed envelope to a bundle; and how roots sign one. */
import { type DsseSigner, dsseSign } from "@assay/jose"
import type { RootSet, TrustBundle } from "@assay/trust"
import { refuse, signedByRoots } from "../../authority/roots.ts"
import type { Opened, Refused } from "../../kind.ts"
import { encodeBundle, parseBundle } from "./parse.ts"
import { roleOfRoot } from "./shape.ts"

export const BUNDLE_TYPE = "application/vnd.assay.trust-bundle+json"

/** Of a signed bundle that changes the roots: partitions keep it for as long as a restart must follow it. */
const MAX_ROTATING_BYTES = 1 << 20

/**
 * Checks and reads a bundle's envelope: for the trust domain of the one in force, so that nobody carries over what the same roots
 * signed for another deployment; signed by the threshold of `roots`, and, where it rotates them, also by that of
 * the new roots, so that nobody is locked out by a mistyped key and no old root alone can hand the deployment over. Never
 * throws; costs one signature check per root and the inflation of the status lists.
 */
export const openBundle = (
  envelope: Uint8Array,
  roots: RootSet,
  before: TrustBundle | null,
): Opened<TrustBundle> | Refused => {
  const signed = signedByRoots(envelope, BUNDLE_TYPE, roots)
  if ("reasons" in signed) return signed
  const body = parseBundle(signed.payload)
  if ("errors" in body) {
    const { path, message, line } = body.errors[0]!
    return refuse(
      "control.knowledge_malformed",
      `${path || "bundle"} ${message}${line === undefined ? "" : ` (line ${line})`}`,
    )
  }
  if (before !== null && body.trustDomain !== before.trustDomain)
    return refuse(
      "control.audience_refused",
      `the bundle is for ${body.trustDomain}, and the one in force for ${before.trustDomain}: another trust domain is another log`,
    )
  const role = roleOfRoot(body, roots)
  if (role !== null) return refuse("control.knowledge_malformed", role)
  if (body.nextRoots !== null) {
    if (envelope.length > MAX_ROTATING_BYTES)
      return refuse("control.knowledge_malformed", `a bundle with nextRoots has at most ${MAX_ROTATING_BYTES} bytes`)
    const accepted = signedByRoots(envelope, BUNDLE_TYPE, body.nextRoots)
    if ("reasons" in accepted) return refuse("control.knowledge_unsigned", `next roots: ${accepted.detail}`)
  }
  return { version: body.version, body, subject: "", nextRoots: body.nextRoots ?? roots }
}

/** The signed envelope of a bundle. Throws TypeError where the bundle would not be read back or a key is not its DID's. */
export const signBundle = (bundle: TrustBundle, signers: ReadonlyArray<DsseSigner>): Uint8Array =>
  dsseSign(BUNDLE_TYPE, encodeBundle(bundle), signers)
