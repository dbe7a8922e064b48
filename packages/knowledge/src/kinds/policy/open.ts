/** The one way in which a policy comes into force: signed by a threshold of roots, then read. */
import { formatProblem, parsePolicy } from "@assay/segmentation"
import type { RootSet, SegmentationPolicy } from "@assay/trust"
import { refuse, signedByRoots } from "../../authority/roots.ts"
import type { Opened, Refused } from "../../kind.ts"

/** The DSSE payload type of a policy: the YAML text in UTF-8. */
export const POLICY_PAYLOAD_TYPE = "application/vnd.assay.policy+yaml"

/** Reads the text of a policy, signed or not. `policy` is null exactly where `problems` holds an error, one line each. */
export const readPolicy = (
  bytes: Uint8Array,
  options: { readonly file?: string; readonly at?: number } = {},
): {
  readonly policy: SegmentationPolicy | null
  readonly problems: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
} => {
  const text = decodeUtf8(bytes)
  if (text === null) {
    const problem = `${options.file ?? "policy.yaml"}: error: the policy is not UTF-8`
    return { policy: null, problems: [problem], errors: [problem] }
  }
  const { policy, problems } = parsePolicy(text, options)
  const errors = problems.filter(({ severity }) => severity === "error")
  return { policy, problems: problems.map(formatProblem), errors: errors.map(formatProblem) }
}

/** Opens a signed policy. Signatures come before parsing, so that nothing unsigned reaches the YAML reader. Never throws. */
export const openPolicy = (envelope: Uint8Array, roots: RootSet): Opened<SegmentationPolicy> | Refused => {
  const opened = signedByRoots(envelope, POLICY_PAYLOAD_TYPE, roots)
  if ("reasons" in opened) return opened
  const { policy, errors } = readPolicy(opened.payload)
  if (policy === null) return refuse("control.knowledge_malformed", errors.slice(0, 5).join("\n"))
  return { version: policy.version, body: policy, subject: "" }
}

const decodeUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
