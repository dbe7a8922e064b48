/** Metadata of a TUF repository (the specification, version 1.0.33, section 4): read strictly, and signed by a threshold of its role. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto"
import { isObject, type JsonObject, parseStrictObject } from "@assay/jose"
import { dictionary, formatPath, integer, list, type Reader, readShape, text } from "@assay/jose/shape"
import { FirmwareError } from "../error.ts"
import { canonical } from "./canonical.ts"

export const ROLES = ["root", "timestamp", "snapshot", "targets"] as const
export type Role = (typeof ROLES)[number]

const MAX_BYTES = 4 << 20
const MAX_KEYS = 64
const HEX = /^(?:[0-9a-f]{2})+$/

/** An object whose further members are allowed, as the specification asks of readers. */
const open =
  <const M extends { readonly [member: string]: Reader<unknown> }>(
    members: M,
  ): Reader<{ readonly [K in keyof M]: M[K] extends Reader<infer T> ? T : never }> =>
  (value, path, faults) => {
    if (!isObject(value)) {
      faults.push({ path, message: value === undefined ? "is missing" : "must be an object" })
      return undefined
    }
    const before = faults.length
    const found: Record<string, unknown> = {}
    for (const [member, reader] of Object.entries(members))
      found[member] = reader(value[member], [...path, member], faults)
    return faults.length === before ? (found as never) : undefined
  }

const signatures = list(open({ keyid: text(256), sig: text(2048, HEX, "lower-case hex") }), 256)
const key = open({ keytype: text(64), scheme: text(64), keyval: open({ public: text(8_192) }) })
const role = open({ keyids: list(text(256), MAX_KEYS, 1), threshold: integer(1, MAX_KEYS) })
const common = {
  version: integer(1),
  expires: text(32, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "an instant such as 2030-01-01T00:00:00Z"),
}

export type TufKey = NonNullable<ReturnType<typeof key>>
export type TufRole = NonNullable<ReturnType<typeof role>>

/** A member that may be missing. */
const maybe =
  <T>(inner: Reader<T>): Reader<T | undefined> =>
  (value, path, faults) =>
    value === undefined ? undefined : inner(value, path, faults)

const hashes = dictionary(/^[a-z0-9]{1,32}$/, text(256, HEX, "lower-case hex"), 8)
const meta = open({ version: integer(1), length: maybe(integer()), hashes: maybe(hashes) })
const NAME = /^[^\0]{1,256}$/

const flag: Reader<boolean> = (value, path, faults) => {
  if (typeof value === "boolean") return value
  faults.push({ path, message: "must be true or false" })
  return undefined
}
const any: Reader<JsonObject> = (value, path, faults) => {
  if (isObject(value)) return value
  faults.push({ path, message: "must be an object" })
  return undefined
}

export const SHAPES = {
  root: open({
    ...common,
    consistent_snapshot: maybe(flag),
    keys: dictionary(/^.{1,256}$/, key, 256),
    roles: open({ root: role, timestamp: role, snapshot: role, targets: role }),
  }),
  timestamp: open({ ...common, meta: dictionary(NAME, meta, 1) }),
  snapshot: open({ ...common, meta: dictionary(NAME, meta, 1_024) }),
  targets: open({
    ...common,
    targets: dictionary(NAME, open({ length: integer(), hashes, custom: maybe(any) }), 4_096),
    delegations: maybe(any),
  }),
} as const

export type Metadata<R extends Role> = NonNullable<ReturnType<(typeof SHAPES)[R]>>
export type Root = Metadata<"root">

export interface Opened<R extends Role> {
  readonly body: Metadata<R>
  readonly signed: JsonObject
  readonly signatures: ReadonlyArray<{ readonly keyid: string; readonly sig: string }>
}

/** The metadata of a role, no signature checked. @throws FirmwareError that names the file and the member */
export const readMetadata = <R extends Role>(role: R, bytes: Uint8Array, file: string): Opened<R> => {
  if (bytes.length > MAX_BYTES)
    throw new FirmwareError("firmware.malformed", `${file} has more than ${MAX_BYTES} bytes`)
  const json = parseStrictObject(bytes)
  if ("reason" in json) throw new FirmwareError("firmware.malformed", `${file}: ${json.detail}`)
  const { signed, signatures: given } = json.value
  if (!isObject(signed) || signed["_type"] !== role)
    throw new FirmwareError("firmware.malformed", `${file} is no metadata of the role ${role}`)
  const version = signed["spec_version"]
  if (typeof version !== "string" || !version.startsWith("1."))
    throw new FirmwareError("firmware.unsupported", `${file} is of another version of TUF than 1`)
  const read = readShape(SHAPES[role] as unknown as Reader<Metadata<R>>, signed)
  const signers = readShape(signatures, given ?? null)
  const fault = "value" in read ? ("value" in signers ? null : signers[0]) : read[0]
  if (fault !== null)
    throw new FirmwareError("firmware.malformed", `${file}: ${formatPath(fault!.path)} ${fault!.message}`.trim())
  return {
    body: (read as { readonly value: Metadata<R> }).value,
    signed,
    signatures: (signers as { readonly value: Opened<R>["signatures"] }).value,
  }
}

const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex")

/** Ed25519 as hex, P-256 and RSA as PEM; null where the kind or scheme is no known one. */
const keyOf = ({
  keytype,
  scheme,
  keyval,
}: TufKey): { readonly key: KeyObject; readonly hash: string | null } | null => {
  try {
    if (keytype === "ed25519" && scheme === "ed25519" && /^[0-9a-f]{64}$/.test(keyval.public))
      return {
        key: createPublicKey({
          key: Buffer.concat([SPKI_ED25519, Buffer.from(keyval.public, "hex")]),
          format: "der",
          type: "spki",
        }),
        hash: null,
      }
    const found = createPublicKey(keyval.public)
    const isP256 = found.asymmetricKeyDetails?.namedCurve === "prime256v1"
    return scheme === "ecdsa-sha2-nistp256" && isP256 ? { key: found, hash: "sha256" } : null
  } catch {
    return null // no key: it counts for nobody
  }
}

/**
 * Whether a threshold of a role signed it. One key counts once, however often it is named and by whatever ids.
 * @throws FirmwareError `firmware.tuf_threshold`
 */
export const checkThreshold = <R extends Role>(
  { signed, signatures: given }: Opened<R>,
  { keys, roles }: Pick<Root, "keys" | "roles">,
  role: Role,
  file: string,
): void => {
  const { keyids, threshold } = roles[role]
  const covered = canonical(signed)
  const counted = new Set<string>()
  for (const { keyid, sig } of given) {
    const named = keyids.includes(keyid) && Object.hasOwn(keys, keyid) ? keyOf(keys[keyid]!) : null
    if (named === null) continue
    const { key: publicKey, hash } = named
    const id = createHash("sha256")
      .update(publicKey.export({ format: "der", type: "spki" }))
      .digest("hex")
    if (!counted.has(id) && verify(hash, covered, publicKey, Buffer.from(sig, "hex"))) counted.add(id)
  }
  if (counted.size < threshold)
    throw new FirmwareError(
      "firmware.tuf_threshold",
      `${file} is signed by ${counted.size} keys of the role ${role}, and ${threshold} must sign`,
    )
}
