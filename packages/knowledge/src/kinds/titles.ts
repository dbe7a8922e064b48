/** What each kind is called. Without imports: a list of commands must not load what it lists. */
export const KIND_TITLES = {
  bundle: "the trust bundle",
  policy: "the segmentation policy",
  profile: "the profile",
  logic: "the choice of logic versions",
  "passport-policy": "the passport policy",
  cohort: "the statistics of a class",
  endorsements: "the endorsements of a vendor",
  "reference-values": "the reference values of a class",
  advisory: "an advisory",
  delegation: "the delegation of a gateway",
  "status-list": "the status list of an issuer",
  epoch: "what an epoch of the log goes on from",
  "did-document": "the document of a DID",
  "did-unavailable": "the fact that the document of a DID could not be had",
  "signer-document": "the document of an issuer or operator",
  "trust-registry": "the answers of a trust registry",
} as const

/** Kinds whose items others sign, in a format of their own. */
export const FOREIGN_KINDS: ReadonlySet<string> = new Set<KindName>(["status-list"])

export type KindName = keyof typeof KIND_TITLES
