/** Operator commands as the audit record keeps them. */
import { type AuditEvent, controlDetailOf } from "@assay/trust"

/** An accepted command as text, for example `quarantine by 1 operator: smells of smoke`; null for any other event. */
export const operatorWords = (event: AuditEvent): string | null => {
  const command = controlDetailOf(event)
  if (command?.kind !== "command" || event.count !== 1) return null
  const count = command.signers.length
  return `${command.verb} by ${count} operator${count === 1 ? "" : "s"}: ${command.reason}`
}
