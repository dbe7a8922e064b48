/** May this issuer say that? What the trust bundle lets an issuer attest, against the terms of a credential. */
import { ASSURANCES, type TrustedIssuer } from "@assay/trust"
import { enclosedByAny } from "../capability/pattern.ts"
import type { Terms } from "./terms.ts"

const grants = (allowed: ReadonlyArray<string>, name: string): boolean =>
  allowed.includes("*") || allowed.includes(name)

/** Null where all the terms lie within the issuer's scope, otherwise the first thing that does not. */
export const outOfScope = (issuer: TrustedIssuer, terms: Terms): string | null => {
  const { actions, measurements } = terms.capabilities.source
  const type = terms.types.find((name) => !grants(issuer.credentialTypes, name))
  if (type !== undefined) return `type ${type}`
  if (!grants(issuer.vendors, terms.vendor)) return `vendor ${terms.vendor}`
  const action = actions.find((name) => !issuer.actions.includes(name))
  if (action !== undefined) return `action ${action}`
  const grant = measurements.find(({ name }) => !enclosedByAny(issuer.measurements, name))
  if (grant !== undefined) return `measurement ${grant.name}`
  return ASSURANCES.indexOf(terms.assurance) > ASSURANCES.indexOf(issuer.maxAssurance)
    ? `assurance ${terms.assurance}`
    : null
}
