/** What the audit record of a control entry says of it: the JSON text in the event's `detail`. Pure. */
import type { AuditEvent } from "./audit.ts"
import type { Verb } from "./knowledge.ts"

export type ControlDetail =
  | { readonly kind: "activation"; readonly item: string; readonly version: number; readonly hash: string }
  | {
      readonly kind: "command"
      readonly verb: Verb
      readonly target: string
      readonly signers: ReadonlyArray<string>
      readonly reason: string
    }

const isText = (value: unknown): value is string => typeof value === "string"

/**
 * @returns null for any other event, and where the text is not what anomaly-quarantine writes: whoever may write to
 *   audit.events can bring any, and no reader may fail at it
 */
export const controlDetailOf = (event: Pick<AuditEvent, "kind" | "detail">): ControlDetail | null => {
  if (event.kind !== "control" || event.detail === null) return null
  let found: Record<string, unknown> | null
  try {
    found = JSON.parse(event.detail) as Record<string, unknown> | null
  } catch {
    return null // no JSON: not ours
  }
  if (typeof found !== "object" || found === null) return null
  const { kind, item, version, hash, verb, target, signers, reason } = found
  if (kind === "activation" && isText(item) && typeof version === "number" && isText(hash))
    return { kind, item, version, hash }
  if (kind === "command" && isText(verb) && isText(target) && isText(reason) && Array.isArray(signers))
    return { kind, verb: verb as Verb, target, signers: signers.filter(isText), reason }
  return null
}
