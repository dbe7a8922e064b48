/** The one way in which a policy comes into force: signed by a threshold of roots, then read. */
import { formatProblem, parsePolicy } from "@assay/segmentation"
import type { RootSet, SegmentationPolicy } from "@assay/trust"
import { refuse, signedByRoots } from "../../authority/roots.ts"
import type { Opened, Refused } from "../../kind.ts"

/** The DSSE payload type of a policy: the YAML text in UTF-8. */
export const POLICY_PAYLOAD_TYPE = "application/vnd.assay.policy+yaml"

/** Opens a signed policy. Signatures come before parsing, so that nothing unsigned reaches the YAML reader. Never throws. */
export const openPolicy = (envelope: Uint8Array, roots: RootSet): Opened<SegmentationPolicy> | Refused => {
  const opened = signedByRoots(envelope, POLICY_PAYLOAD_TYPE, roots)
  if ("reasons" in opened) return opened
  const text = decodeUtf8(opened.payload)
  if (text === null) return refuse("control.knowledge_malformed", "the policy is not UTF-8")
  const { policy, problems } = parsePolicy(text)
  if (policy === null) {
    const errors = problems.filter((p) => p.severity === "error")
    return refuse("control.knowledge_malformed", errors.slice(0, 5).map(formatProblem).join("\n"))
  }
  return { version: policy.version, body: policy, subject: "" }
}

const decodeUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
