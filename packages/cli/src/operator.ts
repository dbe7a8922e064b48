/** Operator commands as the audit record keeps them. */
import type { AuditEvent, Verb } from "@assay/trust"

interface Recorded {
  readonly kind: "command"
  readonly verb: Verb
  readonly signers: ReadonlyArray<string>
  readonly reason: string
}

const commandOf = (event: AuditEvent): Recorded | null => {
  if (event.kind !== "control" || event.detail === null) return null
  const detail = JSON.parse(event.detail) as Recorded | { readonly kind: "activation" | "unreadable" }
  return detail.kind === "command" ? detail : null
}

/** An accepted command as text, for example `quarantine by 1 operator: smells of smoke`; null for any other event. */
export const operatorWords = (event: AuditEvent): string | null => {
  const command = commandOf(event)
  if (command === null || event.count !== 1) return null
  const count = command.signers.length
  return `${command.verb} by ${count} operator${count === 1 ? "" : "s"}: ${command.reason}`
}
