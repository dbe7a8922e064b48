/** The closed shape of a trust bundle and the bounds of every member. Times in milliseconds since 1970. */

import { listOf, MAX_ENCODED_LENGTH } from "@assay/credentials"
import { keyIdOfDid, repeatedKeys, resolveDeviceKey } from "@assay/did"
import { MAX_ATTESTERS } from "@assay/did-document"
import {
  dictionary,
  type Fault,
  formatPath,
  hexSha256,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  type Path,
  type Reader,
  text,
} from "@assay/jose/shape"
import {
  ACTIONS,
  ASSURANCES,
  keysNamedIn,
  MAX_STATUS_LIST_AGE_MS,
  OPERATOR_RIGHTS,
  type RootSet,
  type TrustBundle,
} from "@assay/trust"
import { firmwareLogPolicy } from "../../firmware/log.ts"
import { rekorKey } from "../../firmware/rekor.ts"
import { signerDid } from "../signer-did.ts"
import { levelName } from "../trust-registry/body.ts"
import { MAX_REGISTRIES } from "../trust-registry/kind.ts"

const MAX_ISSUERS = 4096
const MAX_OPERATORS = 256
const MAX_ROOTS = 32
const MAX_LISTS = 1024
/** Bytes of all status lists once inflated: a list of zeros takes a thousandth of that on its way. */
const MAX_ALL_LISTS_BYTES = 64 << 20
/** Names of lists that one issuer publishes by itself. */
const MAX_PUBLISHED = 256
const MAX_FIRMWARE = 65_536

/** Each message of a class is compared with what they sign. */
const MAX_AGGREGATORS = 8
/** One for each time that the log's key was changed. */
const MAX_LOG_KEYS = 16
/** Processes that make challenges, or endorse. */
const MAX_VERIFIERS = 16
const MAX_REFERENCERS = 256
const MAX_RESOLVERS = 16
const MAX_FIRMWARE_LOGS = 64
/** An answer counts for 31 days at most, and so many recognitions may lie before an authorization. */
const MAX_REGISTRY_AGE_MS = 31 * 86_400_000
const MAX_REGISTRY_DEPTH = 3
/** Characters of a policy. */
const MAX_LOG_POLICY = 16_384
/** Of a vendor, in a Rekor log. */
const MAX_REKOR_KEYS = 16

/** Checkpoints are notes, which know Ed25519 alone. */
const logKey: Reader<string> = (value, path, faults) => {
  const found = signerDid(value, path, faults)
  if (found === undefined) return undefined
  const key = resolveDeviceKey(found)
  if (found.startsWith("did:key:") && !("reason" in key) && key.alg === "Ed25519") return found
  faults.push({ path, message: "must be a did:key of Ed25519: no other key signs checkpoints" })
  return undefined
}

/** It names a log, or nothing could ever be proven by it. */
const logPolicy: Reader<string> = (value, path, faults) => {
  const found = text(MAX_LOG_POLICY)(value, path, faults)
  const read = found === undefined ? undefined : firmwareLogPolicy(found)
  if (typeof read === "string") faults.push({ path, message: `is no policy of logs and witnesses: ${read}` })
  return found
}

/** By which entries of a maker in a Rekor log are known. */
const makerKey: Reader<string> = (value, path, faults) => {
  const found = text(256)(value, path, faults)
  if (found === undefined || rekorKey(found) !== null) return found
  faults.push({
    path,
    message: "must be a SubjectPublicKeyInfo of P-256 in base64 (a PEM file without its first and last line)",
  })
  return undefined
}

const flag: Reader<boolean> = (value, path, faults) => {
  if (typeof value === "boolean") return value
  faults.push({ path, message: "must be true or false" })
  return undefined
}

const name = text(128)
const uri = text(512, /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/, "an absolute URI")
const pattern = text(512, /^[^*]*\*?$/, "an exact name, or a prefix that ends with *")
const rootSet = object({ roots: list(signerDid, MAX_ROOTS, 1), threshold: integer(1, MAX_ROOTS) })

/** `https://...`: such as a resolver fetches, or the beginning of such. */
const listName = text(
  512,
  /^https:\/\/[^/*\s]+\/[!-)+-~]*\*?$/,
  "an https URL, or a beginning with host and / that ends with *",
)

const issuer = object({
  did: signerDid,
  credentialTypes: list(name, 64),
  vendors: list(name, 1024),
  measurements: list(pattern, 1024),
  actions: list(oneOf(ACTIONS), ACTIONS.length),
  maxAssurance: oneOf(ASSURANCES),
  status: optional(
    object({ lists: list(listName, MAX_PUBLISHED, 1), maxAgeMs: integer(1, MAX_STATUS_LIST_AGE_MS) }),
    undefined,
  ),
})

/** What an answer of it can make of an issuer at most; the URL is one that `assay registry query` asks. */
const registry = object({
  authority: uri,
  url: text(512, /^https:\/\/[a-z0-9.-]+(?:\/[!-.0-~]+)*$/, "an https URL without a slash at its end"),
  framework: uri,
  resolvers: integer(2, MAX_RESOLVERS),
  maxAgeMs: integer(60_000, MAX_REGISTRY_AGE_MS),
  depth: integer(0, MAX_REGISTRY_DEPTH),
  scope: object({
    credentialTypes: list(name, 64),
    vendors: list(name, 1024),
    measurements: list(pattern, 1024),
    actions: list(oneOf(ACTIONS), ACTIONS.length),
    maxAssurance: oneOf(ASSURANCES),
  }),
  levels: list(object({ level: levelName, assurance: oneOf(ASSURANCES) }), 16),
})

const operator = object({ did: signerDid, rights: list(oneOf(OPERATOR_RIGHTS), OPERATOR_RIGHTS.length) })

const statusList = object({
  id: uri,
  purpose: oneOf(["revocation", "suspension"]),
  issuer: signerDid,
  encodedList: text(MAX_ENCODED_LENGTH),
  issued: integer(),
  maxAgeMs: integer(1),
})

const firmware = object({
  vendor: name,
  class: name,
  digest: hexSha256,
  version: name,
  svn: integer(),
  status: oneOf(["good", "vulnerable", "revoked"]),
})

const bundle: Reader<TrustBundle> = object({
  version: integer(1),
  issued: integer(),
  expires: integer(),
  trustDomain: text(512, /^[a-z][a-z0-9+.-]*:[!-~]*\/$/, "a URI prefix with a trailing slash"),
  issuers: list(issuer, MAX_ISSUERS),
  operators: list(operator, MAX_OPERATORS),
  thresholds: object({
    quarantine: integer(1, MAX_OPERATORS),
    release: integer(1, MAX_OPERATORS),
    revoke: integer(2, MAX_OPERATORS),
    "breaker-override": integer(2, MAX_OPERATORS),
    resync: optional(integer(2, MAX_OPERATORS), undefined),
    rebaseline: optional(integer(2, MAX_OPERATORS), undefined),
  }),
  statusLists: list(statusList, MAX_LISTS),
  firmware: list(firmware, MAX_FIRMWARE),
  minimumSvn: dictionary(/^[^/]{1,128}\/[^/]{1,128}$/, integer(), 4096),
  nextRoots: nullable(rootSet),
  aggregators: optional(list(signerDid, MAX_AGGREGATORS), undefined),
  logKeys: optional(list(object({ did: logKey, retired: flag }), MAX_LOG_KEYS), undefined),
  challengers: optional(list(signerDid, MAX_VERIFIERS), undefined),
  endorsers: optional(list(signerDid, MAX_VERIFIERS), undefined),
  resolvers: optional(
    object({
      dids: list(signerDid, MAX_RESOLVERS, 1),
      web: optional(integer(1, MAX_ATTESTERS), undefined),
      universal: optional(
        list(text(32, /^(?!(?:key|jwk|web|webvh)$)[a-z0-9]+$/, "a DID method other than key, jwk, web and webvh"), 32),
        undefined,
      ),
    }),
    undefined,
  ),
  references: optional(list(object({ did: signerDid, vendors: list(name, 1024, 1) }), MAX_REFERENCERS), undefined),
  firmwareLogs: optional(
    list(
      object({ vendor: name, policy: logPolicy, rekorKeys: optional(list(makerKey, MAX_REKOR_KEYS, 1), undefined) }),
      MAX_FIRMWARE_LOGS,
    ),
    undefined,
  ),
  registries: optional(list(registry, MAX_REGISTRIES), undefined),
})

const repeated = (faults: Fault[], member: Path, keys: ReadonlyArray<string>, what: string): void => {
  const seen = new Set<string>()
  keys.forEach((key, i) => {
    if (seen.has(key)) faults.push({ path: [...member, i], message: `names the same ${what} again` })
    seen.add(key)
  })
}

/** What no single member can tell. */
const checkTogether = (found: TrustBundle, faults: Fault[]): void => {
  if (found.expires <= found.issued) faults.push({ path: ["expires"], message: "must be later than issued" })
  repeated(
    faults,
    ["statusLists"],
    found.statusLists.map((item) => `${item.purpose} ${item.id}`),
    "list",
  )
  repeated(
    faults,
    ["firmware"],
    found.firmware.map((f) => JSON.stringify([f.vendor, f.class, f.digest])),
    "firmware",
  )
  repeated(
    faults,
    ["firmwareLogs"],
    (found.firmwareLogs ?? []).map(({ vendor }) => vendor),
    "vendor",
  )
  checkKeys(found, faults)
  const { resolvers } = found
  if (resolvers?.web !== undefined && resolvers.web > resolvers.dids.length)
    faults.push({ path: ["resolvers", "web"], message: `is more than the ${resolvers.dids.length} resolvers` })
  checkLists(found.statusLists, faults)
  repeated(
    faults,
    ["registries"],
    (found.registries ?? []).map(({ authority }) => authority),
    "registry",
  )
  for (const [i, { resolvers: needed }] of (found.registries ?? []).entries())
    if (needed > (resolvers?.dids.length ?? 0))
      faults.push({
        path: ["registries", i, "resolvers"],
        message: `is more than the ${resolvers?.dids.length ?? 0} resolvers of the bundle, who sign what the registry answered`,
      })
  if (found.nextRoots !== null) checkRoots(found.nextRoots, ["nextRoots"], faults)
}

/** Inflates each list once, and stops where all together would take more memory than a bundle may. */
const checkLists = (lists: TrustBundle["statusLists"], faults: Fault[]): void => {
  let left = MAX_ALL_LISTS_BYTES
  for (const [i, item] of lists.entries()) {
    const path = ["statusLists", i, "encodedList"]
    const list = listOf(item)
    if (list === null) faults.push({ path, message: "is not a bitstring status list" })
    left -= list?.bits.length ?? 0
    if (left >= 0) continue
    const entries = MAX_ALL_LISTS_BYTES * 8
    faults.push({ path, message: `makes the lists longer than ${entries} entries together: shorten or drop some` })
    return
  }
}

/** One key has one role, once, by whatever DIDs it is named: two names of one key must never count as two signers. */
const checkKeys = (found: TrustBundle, faults: Fault[]): void => {
  const signers = keysNamedIn(found)
  for (const { at, first } of repeatedKeys(signers.map(({ did }) => did))) {
    const { path, role } = signers[at]!
    const other = signers[first]!
    const place = formatPath(other.path)
    const message =
      other.role === role
        ? `names the same ${role} again: its key is that of ${place}`
        : `is the key of the ${other.role} at ${place}; a key has one role`
    faults.push({ path, message })
  }
}

/**
 * Whoever signs the bundle must have no role in it: the roots say who else counts, and are not among them.
 * @returns the first fault, for people; null where there is none
 */
export const roleOfRoot = (found: TrustBundle, { roots }: RootSet): string | null => {
  const keys = new Set(roots.map(keyIdOfDid))
  const taken = keysNamedIn(found).find(({ did, role }) => role !== "root" && keys.has(keyIdOfDid(did)))
  return taken === undefined ? null : `${formatPath(taken.path)} is the key of a root; a key has one role`
}

const checkRoots = (found: RootSet, path: Path, faults: Fault[]): void => {
  if (found.threshold > found.roots.length)
    faults.push({ path: [...path, "threshold"], message: `is more than the ${found.roots.length} roots` })
}

/** A whole bundle, its members consistent with one another. */
export const trustBundle: Reader<TrustBundle> = (value, path, faults) => {
  const found = bundle(value, path, faults)
  if (found !== undefined) checkTogether(found, faults)
  return faults.length === 0 ? found : undefined
}
