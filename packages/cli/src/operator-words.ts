/** Operator commands as the audit record keeps them. */
import { type AuditEvent, controlDetailOf } from "@assay/trust"

/** An accepted command as text, with who signed it, for example `quarantine by did:key:z6Mk...: smells of smoke`; null for any other event. */
export const operatorWords = (event: AuditEvent): string | null => {
  const command = controlDetailOf(event)
  if (command?.kind !== "command" || event.count !== 1) return null
  return `${command.verb} by ${command.signers.join(" and ")}: ${command.reason}`
}
