/** A message as COSE_Sign1, made from the claims that a JWS would carry: what a device does, and what tests and tools do for it. */
import type { KeyObject } from "node:crypto"
import { type Encodable, encodeCbor, signSign1, signSign1With } from "@assay/cose"
import { publicKeyOf, resolveDeviceKey } from "@assay/did"
import type { RemoteKey } from "@assay/jose"
import type { Action } from "@assay/trust"
import { EV, evidenceMap } from "./evidence.ts"
import { ISS, kidBytesOf } from "./issuer.ts"
import { ACTS, AUD, FW_KEYS, FW_PART_KEYS, FW_PARTS, IAT, KEYS, M2M, SUB, VC } from "./payload.ts"
import { SENML_LABELS } from "./senml.ts"

/** As they stand in a JWS; nothing is checked. */
export interface CoseClaims {
  readonly iss: string
  readonly sub?: string
  readonly aud: string
  readonly iat: number
  readonly vc?: ReadonlyArray<string>
  /** Of evidence of hardware, which has `epo` too. */
  readonly challenge?: string
  readonly evidence?: unknown
  readonly act?: Action
  readonly epo?: number
  readonly seq?: number
  readonly prv?: string | null
  readonly senml?: unknown
  readonly body?: unknown
  readonly fw?: unknown
}

const LABELS = new Map(SENML_LABELS.map(([label, name]) => [name, label]))

const encodable = (value: unknown): Encodable => {
  if (Array.isArray(value)) return value.map(encodable)
  if (typeof value !== "object" || value === null) return value as Encodable
  return new Map(Object.entries(value).map(([name, member]) => [name, encodable(member)]))
}

const packOf = (pack: unknown): Encodable => {
  if (!Array.isArray(pack)) return encodable(pack)
  return pack.map((record: unknown) => {
    if (typeof record !== "object" || record === null) return encodable(record)
    return new Map(
      Object.entries(record).map(([name, value]) => [
        LABELS.get(name) ?? name,
        name === "vd" && typeof value === "string" ? Buffer.from(value, "base64url") : encodable(value),
      ]),
    )
  })
}

/** An object by the keys that stand for its members; a digest as its bytes. */
const keyed = (given: unknown, keys: Readonly<Record<string, number>>): Encodable => {
  if (Array.isArray(given)) return given.map((item) => keyed(item, keys))
  if (typeof given !== "object" || given === null) return encodable(given)
  return new Map(
    Object.entries(given).map(([name, value]) => [
      keys[name] ?? name,
      name === "digest" && typeof value === "string"
        ? Buffer.from(value, "hex")
        : name === "components" || name === "spare"
          ? keyed(value, FW_PART_KEYS)
          : encodable(value),
    ]),
  )
}

const firmwareOf = (fw: unknown): Encodable => keyed(fw, { ...FW_KEYS, ...FW_PARTS })

const ownOf = ({ act, epo, seq, prv, senml, body, fw }: CoseClaims): Map<number, Encodable> => {
  const own = new Map<number, Encodable>()
  if (act !== undefined) own.set(KEYS.act, ACTS.indexOf(act))
  if (epo !== undefined) own.set(KEYS.epo, epo)
  if (seq !== undefined) own.set(KEYS.seq, seq)
  if (prv !== undefined && prv !== null) own.set(KEYS.prv, Buffer.from(prv, "base64url"))
  if (senml !== undefined) own.set(KEYS.senml, packOf(senml))
  if (body !== undefined) own.set(KEYS.body, encodable(body))
  if (fw !== undefined) own.set(KEYS.fw, firmwareOf(fw))
  return own
}

const payloadOf = (claims: CoseClaims): Buffer => {
  const payload = new Map<number | string, Encodable>([
    [AUD, claims.aud],
    [IAT, claims.iat],
  ])
  if (!claims.iss.startsWith("did:key:")) payload.set(ISS, claims.iss)
  if (claims.sub !== undefined) payload.set(SUB, claims.sub)
  if (claims.vc !== undefined) payload.set(VC, claims.vc)
  else if (claims.evidence !== undefined) payload.set(EV, evidenceMap({ ...claims }))
  else payload.set(M2M, ownOf(claims))
  return encodeCbor(payload)
}

const typOf = ({ vc, evidence }: CoseClaims): string => {
  if (vc !== undefined) return "m2m-presentation+cwt"
  return evidence === undefined ? "m2m+cwt" : "m2m-evidence+cwt"
}

/** @param kid the DID URL of the key. @throws TypeError for a number that is not finite, or a key of another kind */
export const coseMessage = (claims: CoseClaims, key: KeyObject, kid: string): Buffer =>
  signSign1(payloadOf(claims), key, { kid: kidBytesOf(kid, publicKeyOf(key)), typ: typOf(claims) })

/** A did:key is in the `kid` as a key; every other DID URL stands there in text. */
const kidBytesIn = (kid: string, iss: string): Uint8Array => {
  if (!kid.startsWith("did:key:")) return Buffer.from(kid)
  const named = resolveDeviceKey(iss)
  if ("reason" in named) throw new TypeError(named.detail)
  return kidBytesOf(kid, named)
}

/** `coseMessage` by a key that is elsewhere. @throws what the signer throws; TypeError for an `iss` that is a did:key without its key */
export const coseMessageWith = async (
  claims: CoseClaims,
  key: Pick<RemoteKey, "alg" | "sign">,
  kid: string,
): Promise<Buffer> => {
  return signSign1With(payloadOf(claims), key, { kid: kidBytesIn(kid, claims.iss), typ: typOf(claims) })
}
