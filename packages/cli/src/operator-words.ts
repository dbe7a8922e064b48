/** Operator commands as the audit record keeps them. */
import { type AuditEvent, controlDetailOf, detailIn, parseDocumentKeyTarget } from "@assay/trust"

/** An accepted command as text, with who signed it, for example `quarantine by did:key:z6Mk...: smells of smoke`; null for any other event. */
export const operatorWords = (event: AuditEvent): string | null => {
  const command = controlDetailOf(event)
  if (command?.kind !== "command" || event.count !== 1) return null
  return `${command.verb} by ${command.signers.join(" and ")}: ${command.reason}`
}

/** What a revocation is of, for people. @param of as a command or the record says it */
export const revocableWords = (of: string, target: string): string => {
  const key = parseDocumentKeyTarget(target)
  if (key === null) return `${of} ${target}`
  return `key ${key.keyId} of the document of ${of === "issuer-key" ? "the issuer " : ""}${key.did}`
}

/** What a revocation that reaches back was of, and from when on; null for any other event. */
export const revocationWords = (event: AuditEvent): string | null => {
  const command = controlDetailOf(event)
  const said = detailIn(event.detail)?.["revocation"] as { readonly of?: unknown; readonly from?: unknown } | undefined
  if (command?.kind !== "command" || event.count !== 1 || typeof said?.from !== "number") return null
  return `the ${revocableWords(String(said.of), command.target)} was revoked from ${new Date(said.from).toISOString()} by ${command.signers.join(" and ")}`
}
