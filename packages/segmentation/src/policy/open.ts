/** The one door through which a policy comes into force: signed by a threshold of roots, then read. */
import { createHash } from "node:crypto"
import { type DsseReason, dsseVerify } from "@assay/jose"
import type { Active, ReasonCode, RootSet, SegmentationPolicy } from "@assay/trust"
import { parsePolicy } from "./parse.ts"
import { formatProblem } from "./problem.ts"

/** The DSSE payload type of a policy: the YAML text in UTF-8. */
export const POLICY_PAYLOAD_TYPE = "application/vnd.assay.policy+yaml"

export type OpenedPolicy =
  | { readonly active: Active<SegmentationPolicy> }
  | { readonly reasons: ReadonlyArray<ReasonCode>; readonly detail: string }

/** What may hold when a policy is opened; the runner knows both, a tool that only reads knows neither. */
export interface OpenOptions {
  /** Milliseconds since 1970 by the log; where given, an expired policy is refused. */
  readonly at?: number
  /** The version in force; where given, only a higher one is accepted. */
  readonly above?: number
}

const CODE: Record<DsseReason, ReasonCode> = {
  malformed: "control.knowledge_malformed",
  type: "control.knowledge_malformed",
  signature: "control.knowledge_unsigned",
  threshold: "control.knowledge_unsigned",
}

const refuse = (reason: ReasonCode, detail: string): OpenedPolicy => ({ reasons: [reason], detail })

/**
 * Opens a signed policy. Signatures come before parsing, so that nothing unsigned reaches the YAML reader. Never throws.
 * @returns the policy under the hex SHA-256 of the envelope, or `control.knowledge_{malformed,unsigned,expired,version}`
 */
export const openPolicy = (envelope: Uint8Array, roots: RootSet, options: OpenOptions = {}): OpenedPolicy => {
  const opened = dsseVerify(envelope, POLICY_PAYLOAD_TYPE, roots)
  if ("reason" in opened) return refuse(CODE[opened.reason], opened.detail)
  const text = decodeUtf8(opened.payload)
  if (text === null) return refuse("control.knowledge_malformed", "the policy is not UTF-8")
  const { policy, problems } = parsePolicy(text)
  if (policy === null) {
    const errors = problems.filter((p) => p.severity === "error")
    return refuse("control.knowledge_malformed", errors.slice(0, 5).map(formatProblem).join("\n"))
  }
  if (options.at !== undefined && policy.expires <= options.at)
    return refuse("control.knowledge_expired", `expired at ${new Date(policy.expires).toISOString()}`)
  if (options.above !== undefined && policy.version <= options.above)
    return refuse("control.knowledge_version", `version ${policy.version} is not above ${options.above}`)
  const hash = createHash("sha256").update(envelope).digest("hex")
  return { active: { hash, version: policy.version, expires: policy.expires, body: policy } }
}

const decodeUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
