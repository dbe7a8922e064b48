/** Every kind that this version knows. A new one is a folder here, its title in `titles.ts`, and its line below. */
import { type KnowledgeKind, kindsByName } from "../kind.ts"
import { ADVISORY } from "./advisory/kind.ts"
import { BUNDLE } from "./bundle/kind.ts"
import { COHORT } from "./cohort/kind.ts"
import { DELEGATION } from "./delegation/kind.ts"
import { DID_DOCUMENT_KIND } from "./did-document/kind.ts"
import { DID_UNAVAILABLE_KIND } from "./did-unavailable/kind.ts"
import { ENDORSEMENTS } from "./endorsements/kind.ts"
import { EPOCH } from "./epoch/kind.ts"
import { LOGIC } from "./logic/kind.ts"
import { PASSPORT_POLICY } from "./passport-policy/kind.ts"
import { POLICY } from "./policy/kind.ts"
import { PROFILE } from "./profile/kind.ts"
import { REFERENCE_VALUES } from "./reference-values/kind.ts"
import { SIGNER_DOCUMENT } from "./signer-document/kind.ts"
import { STATUS_LIST } from "./status-list/kind.ts"
import type { KindName } from "./titles.ts"
import { TRUST_REGISTRY } from "./trust-registry/kind.ts"

const ALL: { readonly [Name in KindName]: KnowledgeKind } = {
  bundle: BUNDLE,
  policy: POLICY,
  profile: PROFILE,
  logic: LOGIC,
  "passport-policy": PASSPORT_POLICY,
  cohort: COHORT,
  delegation: DELEGATION,
  endorsements: ENDORSEMENTS,
  "reference-values": REFERENCE_VALUES,
  advisory: ADVISORY,
  "status-list": STATUS_LIST,
  epoch: EPOCH,
  "did-document": DID_DOCUMENT_KIND,
  "did-unavailable": DID_UNAVAILABLE_KIND,
  "signer-document": SIGNER_DOCUMENT,
  "trust-registry": TRUST_REGISTRY,
}

export const KINDS = kindsByName(Object.values(ALL))
