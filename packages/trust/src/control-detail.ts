/** What the audit record of a control entry says of it: the JSON text in the event's `detail`. Pure. */
import type { AuditEvent } from "./audit.ts"
import { detailIn } from "./detail.ts"
import type { Verb } from "./knowledge.ts"
import type { DeviceLabel } from "./stage.ts"

export type ControlDetail =
  | { readonly kind: "activation"; readonly item: string; readonly version: number; readonly hash: string }
  | {
      readonly kind: "command"
      readonly verb: Verb
      readonly target: string
      readonly signers: ReadonlyArray<string>
      readonly reason: string
      readonly evidence: string | null
      readonly label: DeviceLabel | null
    }

const isText = (value: unknown): value is string => typeof value === "string"

const labelIn = (value: unknown): DeviceLabel | null => {
  if (typeof value !== "object" || value === null) return null
  const { name, labels } = value as Record<string, unknown>
  const found = typeof labels === "object" && labels !== null ? Object.entries(labels) : []
  return {
    name: isText(name) ? name : null,
    labels: Object.fromEntries(found.filter((pair): pair is [string, string] => isText(pair[1]))),
  }
}

/** @returns null for any other event, and where the text is not what anomaly-quarantine writes */
export const controlDetailOf = (event: Pick<AuditEvent, "kind" | "detail">): ControlDetail | null => {
  const found = event.kind === "control" ? detailIn(event.detail) : null
  if (found === null) return null
  const { kind, item, version, hash, verb, target, signers, reason, evidence, label } = found
  if (kind === "activation" && isText(item) && typeof version === "number" && isText(hash))
    return { kind, item, version, hash }
  if (kind === "command" && isText(verb) && isText(target) && isText(reason) && Array.isArray(signers))
    return {
      kind,
      verb: verb as Verb,
      target,
      signers: signers.filter(isText),
      reason,
      evidence: isText(evidence) ? evidence : null,
      label: labelIn(label),
    }
  return null
}
