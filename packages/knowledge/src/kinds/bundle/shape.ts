/** The closed shape of a trust bundle and the bounds of every member. Times in milliseconds since 1970. */

import { listOf, MAX_ENCODED_LENGTH } from "@assay/credentials"
import { keyIdOfDid, repeatedKeys, resolveDeviceKey } from "@assay/did"
import { hasDocument, MAX_ATTESTERS, methodOf, parseEthr } from "@assay/did-document"
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
import { documentedDid, signerDid } from "../signer-did.ts"
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
const MAX_NETWORKS = 16
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

/** What an issuer publishes by itself. */
const status = optional(
  object({ lists: list(listName, MAX_PUBLISHED, 1), maxAgeMs: integer(1, MAX_STATUS_LIST_AGE_MS) }),
  undefined,
)

const issuer = object({
  did: documentedDid,
  credentialTypes: list(name, 64),
  vendors: list(name, 1024),
  measurements: list(pattern, 1024),
  actions: list(oneOf(ACTIONS), ACTIONS.length),
  maxAssurance: oneOf(ASSURANCES),
  status,
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
    status,
  }),
  levels: list(object({ level: levelName, assurance: oneOf(ASSURANCES) }), 16),
})

/** Of did:ethr: the contract (ERC-1056) that says what the DIDs of a network are. */
const ethrRegistry = object({
  network: text(32, /^[a-z0-9][a-z0-9-]*$/, "a network as DIDs name it; mainnet where they name none"),
  chain: integer(1),
  registry: text(42, /^0x[0-9a-f]{40}$/, "an address: 0x and 40 hex digits in lower case"),
})

const operator = object({ did: documentedDid, rights: list(oneOf(OPERATOR_RIGHTS), OPERATOR_RIGHTS.length) })

const statusList = object({
  id: uri,
  purpose: oneOf(["revocation", "suspension"]),
  issuer: documentedDid,
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
      ethr: optional(list(ethrRegistry, MAX_NETWORKS, 1), undefined),
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
  repeated(
    faults,
    ["resolvers", "ethr"],
    (resolvers?.ethr ?? []).map(({ network }) => network),
    "network",
  )
  if (resolvers?.ethr !== undefined && resolvers.web === undefined)
    faults.push({ path: ["resolvers", "web"], message: "says how many resolvers vouch for a did:ethr: it is missing" })
  if (resolvers?.web !== undefined && resolvers.web > resolvers.dids.length)
    faults.push({ path: ["resolvers", "web"], message: `is more than the ${resolvers.dids.length} resolvers` })
  checkDocumented(found, faults)
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

/** Who vouches for documents, and how many must, is said where a signer has one: else nothing that it signs could ever count. */
const checkDocumented = ({ issuers, operators, resolvers }: TrustBundle, faults: Fault[]): void => {
  const refuse = (path: Path, message: string): void => {
    faults.push({ path, message })
  }
  for (const [member, signers] of [["issuers", issuers] as const, ["operators", operators] as const])
    for (const [i, { did }] of signers.entries()) {
      if (!hasDocument(did)) continue
      const path: Path = [member, i, "did"]
      const method = methodOf(did)!
      if (resolvers === undefined) refuse(path, "has its keys in a document, and the bundle names no resolvers")
      if (member === "operators" && method !== "webvh") refuse(path, OPERATOR_METHOD)
      else if (method !== "webvh" && resolvers !== undefined && resolvers.web === undefined)
        refuse(
          path,
          "has a document without a proof of its own: resolvers.web says how many resolvers must vouch for it",
        )
      else if (!isTaken(did, method, resolvers))
        refuse(
          path,
          `is of the method ${method}, which resolvers.${method === "ethr" ? "ethr" : "universal"} does not name`,
        )
    }
  for (const [i, { did, rights }] of operators.entries())
    if (hasDocument(did) && rights.includes("delegate"))
      refuse(["operators", i, "rights"], "a delegation is signed by a did:key or did:jwk: leave delegate out")
}

/** Whether documents of the DID are taken at all. */
const isTaken = (did: string, method: string, resolvers: TrustBundle["resolvers"]): boolean =>
  method === "web" ||
  method === "webvh" ||
  (resolvers?.universal ?? []).includes(method) ||
  (resolvers?.ethr ?? []).some(({ network }) => network === parseEthr(did)?.network)

/** Who has the server of a did:web, or of another method without a proof, has its keys: that makes nobody an operator. */
const OPERATOR_METHOD =
  "an operator is a did:key, a did:jwk, or a did:webvh: whoever has the server of another one would be the operator"

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
