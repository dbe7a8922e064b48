/** Who has which role: the roots, and every key that a trust bundle names. A key has one role, and the key of a device has none. */
import type { RootSet, TrustBundle } from "./knowledge.ts"

/** A key that a bundle names as a signer. */
export interface NamedKey {
  readonly did: string
  /** What it is called, for example `issuer`. */
  readonly role: string
  /** Where it stands. */
  readonly path: ReadonlyArray<string | number>
}

/** Every one of them. A member of the bundle that names keys has its line here: then no device and no gateway has one of them. */
export const keysNamedIn = ({
  issuers,
  operators,
  nextRoots,
  aggregators = [],
  logKeys = [],
  challengers = [],
  endorsers = [],
  references = [],
  resolvers,
}: TrustBundle): ReadonlyArray<NamedKey> => [
  ...issuers.map(({ did }, i) => ({ did, role: "issuer", path: ["issuers", i, "did"] })),
  ...operators.map(({ did }, i) => ({ did, role: "operator", path: ["operators", i, "did"] })),
  ...(nextRoots?.roots ?? []).map((did, i) => ({ did, role: "root", path: ["nextRoots", "roots", i] })),
  ...aggregators.map((did, i) => ({ did, role: "aggregator", path: ["aggregators", i] })),
  ...logKeys.map(({ did }, i) => ({ did, role: "log", path: ["logKeys", i, "did"] })),
  ...challengers.map((did, i) => ({ did, role: "challenger", path: ["challengers", i] })),
  ...endorsers.map((did, i) => ({ did, role: "endorser", path: ["endorsers", i] })),
  ...(resolvers?.dids ?? []).map((did, i) => ({ did, role: "resolver", path: ["resolvers", "dids", i] })),
  ...references.map(({ did }, i) => ({ did, role: "signer of reference values", path: ["references", i, "did"] })),
]

/** Who has a role now, by DID: `a root`, `an issuer` and so on. The roots that a bundle names for later have none yet. */
export const rolesNow = (
  roots: RootSet | null,
  bundle: TrustBundle | null,
): ReadonlyArray<readonly [did: string, role: string]> => [
  ...(roots?.roots ?? []).map((did) => [did, "a root"] as const),
  ...(bundle === null ? [] : keysNamedIn(bundle))
    .filter(({ role }) => role !== "root")
    .map(({ did, role }) => [did, `${/^[aeio]/.test(role) ? "an" : "a"} ${role}`] as const),
]
