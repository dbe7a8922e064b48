/**
 * Knowledge: everything a verdict relies on besides the message and the device's state. Bodies are kept by hash and
 * activated by control entries, so that at each position of a partition at most one item of a kind and subject is in force.
 */
import { LIFE_VERBS, type LifeVerb } from "./life.ts"
import type { Action, FirmwareClaim } from "./message.ts"
import type { Profile } from "./profile.ts"
import type { TrustedRegistry } from "./registry.ts"
import type { Assurance } from "./verdict.ts"

/** An activated item. `hash` is hex SHA-256 of the stored body (the signed DSSE envelope). */
export interface Active<Body> {
  readonly hash: string
  readonly version: number
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly body: Body
}

/** The kinds that judges read by name: each has one item for the whole deployment. */
interface NamedKinds {
  readonly bundle: TrustBundle
  readonly policy: SegmentationPolicy
  readonly profile: Profile
}

type Named = { readonly [Kind in keyof NamedKinds]: Active<NamedKinds[Kind]> | null }

/** The knowledge in force at one entry. The same object is passed for as long as nothing changes: cache by identity. */
export interface Knowledge extends Named {
  /** Every item in force, of every kind, under `itemKey`. Expired ones stay: judges must see that they have expired. */
  readonly items: ReadonlyMap<string, Active<unknown>>
  /** Under which key (base64) the names of erased devices are kept; absent where none was erased. */
  readonly tombstoneKey?: string
  /** The roots that must sign what comes next; null where nothing has come into force yet. */
  readonly roots: RootSet | null
}

/** An item in force of a kind with one subject for each device: what its kind keeps of it. */
export interface SubjectItem extends Omit<Active<unknown>, "body"> {
  /** What the kind projected of the body. */
  readonly projection: Uint8Array
}

/** Items by subject, such as the documents of devices, as of one entry. Only those whose home the partition is. */
export interface SubjectKnowledge {
  /** The item in force of a kind; null where there is none. It may have expired. */
  get(kind: string, subject: string): SubjectItem | null
}

/** The name of an item in force: `kind/subject`. Names of kinds have no slash; kinds of one item have the subject "". */
export const itemKey = (kind: string, subject: string): string => `${kind}/${subject}`

/** The kind of an `itemKey`. */
export const kindOfItem = (key: string): string => key.slice(0, key.indexOf("/"))

/** The view of judges over what is in force. The bodies under the named kinds must be what their kind opened. */
export const knowledgeOf = (
  items: ReadonlyMap<string, Active<unknown>>,
  roots: RootSet | null = null,
  tombstoneKey?: string,
): Knowledge => {
  const named = (kind: keyof NamedKinds): Active<never> | null =>
    (items.get(itemKey(kind, "")) as Active<never> | undefined) ?? null
  return {
    bundle: named("bundle"),
    policy: named("policy"),
    profile: named("profile"),
    items,
    roots,
    ...(tombstoneKey === undefined ? {} : { tombstoneKey }),
  }
}

/** Nothing is in force. */
export const NO_KNOWLEDGE: Knowledge = knowledgeOf(new Map())

export const VERBS = [
  "quarantine",
  "release",
  "revoke",
  "breaker-override",
  "erase",
  "rejudge",
  "resync",
  "rebaseline",
  ...LIFE_VERBS,
  "label",
  "unbind",
] as const
export type Verb = (typeof VERBS)[number]
type LaterVerb = "resync" | "rebaseline"

/** What an operator may do: commands by their verb, and signing delegations together with another one. */
export const OPERATOR_RIGHTS = [...VERBS, "delegate"] as const
export type OperatorRight = (typeof OPERATOR_RIGHTS)[number]

/** Verbs that need as many operators as the code says, whatever a bundle does. */
export type FixedVerb = "erase" | "rejudge" | LifeVerb | "label" | "unbind"

/** An issuer and what it may attest. Empty lists grant nothing; `*` grants all of that kind. */
export interface TrustedIssuer {
  readonly did: string
  readonly credentialTypes: ReadonlyArray<string>
  readonly vendors: ReadonlyArray<string>
  /** Measurement name patterns (a trailing `*` matches any rest) and actions that it may grant. */
  readonly measurements: ReadonlyArray<string>
  readonly actions: ReadonlyArray<Action>
  readonly maxAssurance: Assurance
  /**
   * The status lists that it publishes by itself: their URIs (a trailing `*` matches any rest), and how long each counts after it was
   * signed, milliseconds. Left out: none, and only lists that the bundle carries count.
   */
  readonly status?: { readonly lists: ReadonlyArray<string>; readonly maxAgeMs: number } | undefined
}

export interface TrustedOperator {
  readonly did: string
  readonly rights: ReadonlyArray<OperatorRight>
}

/** A Bitstring Status List (W3C) as carried by the bundle. Times in milliseconds. */
export interface StatusListItem {
  readonly id: string
  readonly purpose: "revocation" | "suspension"
  readonly issuer: string
  /** Multibase `u` base64url of the gzip of the bitstring. */
  readonly encodedList: string
  readonly issued: number
  readonly maxAgeMs: number
}

export interface FirmwareReference extends FirmwareClaim {
  readonly status: "good" | "vulnerable" | "revoked"
}

/** Signed by a threshold of roots. Times in milliseconds. */
export interface TrustBundle {
  readonly version: number
  readonly issued: number
  readonly expires: number
  /** A URI prefix with a trailing slash, for example `https://plant.example/`. */
  readonly trustDomain: string
  readonly issuers: ReadonlyArray<TrustedIssuer>
  readonly operators: ReadonlyArray<TrustedOperator>
  /**
   * Distinct operators that a verb needs; at least 2 for revoke, release after proof, breaker-override, resync and rebaseline.
   * An erasure always needs 2, and for a convicted device the roots; so does a rejudgement.
   */
  readonly thresholds: Readonly<
    Record<Exclude<Verb, FixedVerb | LaterVerb>, number> & {
      /** Verbs that came later: a bundle that does not name them asks for two. */
      readonly [Later in LaterVerb]?: number | undefined
    }
  >
  readonly statusLists: ReadonlyArray<StatusListItem>
  readonly firmware: ReadonlyArray<FirmwareReference>
  /** Lowest security version accepted per `vendor/class`. */
  readonly minimumSvn: Readonly<Record<string, number>>
  /** The roots for the NEXT bundle, where they rotate; null keeps the present ones. */
  readonly nextRoots: RootSet | null
  /** DIDs whose statistics of classes count (kind `cohort`). Nothing that they sign loosens anything. Left out: none. */
  readonly aggregators?: ReadonlyArray<string> | undefined
  /** The keys of the transparency log, for whoever verifies it. Left out: they are made known otherwise. No stage reads them. */
  readonly logKeys?: ReadonlyArray<LogKey> | undefined
  /** DIDs whose challenges count: evidence answers one of them. Left out: none. */
  readonly challengers?: ReadonlyArray<string> | undefined
  /** DIDs that say which attestation key lies in the hardware of which device. Left out: none. */
  readonly endorsers?: ReadonlyArray<string> | undefined
  /**
   * Whose word counts that the document of a DID was published, or could not be had; `web`: how many of them must vouch for one
   * of did:web, which nothing else proves (left out: none counts); `universal`: other methods whose documents count as a Universal
   * Resolver gives them, vouched for as those of did:web (left out: none); `ethr`: which registry (ERC-1056) of which chain says what a did:ethr of a
   * network is, vouched for as did:web (left out: none). Left out: none.
   */
  readonly resolvers?:
    | {
        readonly dids: ReadonlyArray<string>
        readonly web?: number | undefined
        readonly universal?: ReadonlyArray<string> | undefined
        readonly ethr?:
          | ReadonlyArray<{ readonly network: string; readonly chain: number; readonly registry: string }>
          | undefined
      }
    | undefined
  /** Who signs reference values, and of which vendors (`*`: of all). Left out: nobody. */
  readonly references?: ReadonlyArray<{ readonly did: string; readonly vendors: ReadonlyArray<string> }> | undefined
  /**
   * Vendors (`*`: all others) whose releases must be in a log: which logs and witnesses count, as a C2SP tlog-policy; `rekorKeys`: by
   * which keys (SubjectPublicKeyInfo of P-256, base64) entries of a Rekor log are the vendor's (left out: no such entry counts). Left
   * out: none must.
   */
  readonly firmwareLogs?:
    | ReadonlyArray<{
        readonly vendor: string
        readonly policy: string
        readonly rekorKeys?: ReadonlyArray<string> | undefined
      }>
    | undefined
  /** Trust registries whose answers make issuers count, within what each entry says. Left out: none. */
  readonly registries?: ReadonlyArray<TrustedRegistry> | undefined
}

/** A key that signs or has signed checkpoints. */
export interface LogKey {
  /** did:key of an Ed25519 key. */
  readonly did: string
  /** It signs no more: what it signed before still counts, and nothing newer does. */
  readonly retired: boolean
}

/** did:key roots, Ed25519 or P-256, and how many must sign. */
export interface RootSet {
  readonly roots: ReadonlyArray<string>
  readonly threshold: number
}

export interface Zone {
  readonly id: string
  readonly parent: string | null
  readonly securityLevel: number
  /** Audience URI patterns that lie in the zone (exact, or a prefix that ends with `/*`). */
  readonly audiences: ReadonlyArray<string>
}

/** Devices of a zone: by DID, or by credential facts. The first match in file order counts; each device has one zone. */
export interface Assignment {
  readonly zone: string
  readonly devices: ReadonlyArray<string>
  readonly vendor: string | null
  readonly class: string | null
}

/** A directed, allow-only path. */
export interface Conduit {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly actions: ReadonlyArray<Action>
  /** Device classes it carries; empty means every class. */
  readonly classes: ReadonlyArray<string>
  readonly mode: "enforce" | "observe"
  /** Observe mode must end; milliseconds since 1970. */
  readonly observeUntil: number | null
  /** 0..100, reputation in percent. */
  readonly minTrust: number | null
  readonly minAssurance: Assurance | null
  /** Messages per minute of one device. */
  readonly ratePerMinute: number | null
  /** Minutes of the day, from inclusive, to exclusive; of the UTC day, or of that of an IANA time zone in `timezones`. */
  readonly window: { readonly from: number; readonly to: number; readonly zone?: string } | null
  readonly expires: number | null
  readonly owner: string
  readonly reason: string
}

/** Forbids flows whatever the conduits say. `*` matches every zone. */
export interface Guardrail {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly actions: ReadonlyArray<Action>
  readonly reason: string
}

/** From when on a time zone is so many minutes ahead of UTC. Milliseconds since 1970. */
export interface OffsetChange {
  readonly from: number
  readonly offset: number
}

/** Signed by a threshold of roots; written in YAML. */
export interface SegmentationPolicy {
  /**
   * The time zones that windows name, as instants: data on time zones differ between versions of Node, and a replay must
   * not. By name, ascending; the first counts before it too. Added when the policy is signed.
   */
  readonly timezones?: Readonly<Record<string, ReadonlyArray<OffsetChange>>>
  readonly version: number
  readonly issued: number
  readonly expires: number
  readonly zones: ReadonlyArray<Zone>
  readonly assignments: ReadonlyArray<Assignment>
  readonly conduits: ReadonlyArray<Conduit>
  readonly guardrails: ReadonlyArray<Guardrail>
  /** Distinct denied zones within the window that make lateral movement. */
  readonly lateral: { readonly zones: number; readonly windowMs: number }
}
