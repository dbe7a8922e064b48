/** What an issuer publishes: a signed status list in each of the formats that `signed-list.ts` reads. */
import { encodeCbor, signSign1With } from "@assay/cose"
import { encodeBase64url } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import { kidOfKey, type RemoteKey, signClaimsWith } from "@assay/jose"
import type { StatusPurpose } from "@assay/trust"
import { VC_CONTEXT } from "../data-model/members.ts"
import { encodeStatusList } from "./list.ts"
import { type ListFormat, MAX_SIGNED_LIST_BYTES, readSignedList } from "./signed-list.ts"
import { CWT } from "./token-claims.ts"
import { encodeTokenList, type TokenSize } from "./token-list.ts"

export interface ListToSign {
  readonly format: ListFormat
  /** The URL at which it is published, and which credentials name. */
  readonly id: string
  /** `token` exactly for the formats of a Token Status List. */
  readonly purpose: StatusPurpose
  /** Milliseconds since 1970; whole seconds for a Token Status List. Later than that of the list that it replaces. */
  readonly issued: number
  readonly expires: number
  /** How long it may be kept before it is fetched again, milliseconds. */
  readonly ttlMs: number
  /** How many there are at least. */
  readonly entries: number
  /** Bits of an entry of a Token Status List; 2 tell revoked from suspended. */
  readonly size: TokenSize
  /** All but those that are 0. */
  readonly values: Iterable<readonly [index: number, value: number]>
}

const seconds = (ms: number): number => Math.floor(ms / 1_000)

const bitstring = (list: ListToSign, issuer: string): object => ({
  "@context": [VC_CONTEXT],
  id: list.id,
  type: ["VerifiableCredential", "BitstringStatusListCredential"],
  issuer,
  validFrom: new Date(list.issued).toISOString(),
  validUntil: new Date(list.expires).toISOString(),
  credentialSubject: {
    id: `${list.id}#list`,
    type: "BitstringStatusList",
    statusPurpose: list.purpose,
    encodedList: encodeStatusList(
      list.entries,
      [...list.values].filter(([, value]) => value !== 0).map(([index]) => index),
    ),
    ttl: list.ttlMs,
  },
})

const unsafelySigned = async (list: ListToSign, issuer: RemoteKey): Promise<Uint8Array> => {
  const kid = kidOfKey(issuer)
  const { id, issued, expires, ttlMs, size, entries, values } = list
  if (list.format === "vc+jwt") return signClaimsWith(bitstring(list, issuer.did), issuer, { kid, typ: "vc+jwt" })
  const lst = encodeTokenList(size, entries, values)
  const [iat, exp, ttl] = [issued, expires, ttlMs].map(seconds) as [number, number, number]
  if (list.format === "statuslist+jwt") {
    const claims = { sub: id, iat, exp, ttl, status_list: { bits: size, lst: encodeBase64url(lst) } }
    return signClaimsWith(claims, issuer, { kid, typ: "statuslist+jwt" })
  }
  const claims = new Map<number, number | string | Map<string, number | Uint8Array>>([
    [CWT.sub, id],
    [CWT.iat, iat],
    [CWT.exp, exp],
    [CWT.ttl, ttl],
    [
      CWT.list,
      new Map<string, number | Uint8Array>([
        ["bits", size],
        ["lst", lst],
      ]),
    ],
  ])
  const typ = "application/statuslist+cwt"
  return signSign1With(encodeCbor(claims), issuer, { kid: Buffer.from(kid), typ })
}

/**
 * A signed list, as a web server serves it.
 * @throws TypeError where a verifier would refuse it, RangeError where an entry lies outside of it; what the key throws
 */
export const signStatusList = async (list: ListToSign, issuer: RemoteKey): Promise<Uint8Array> => {
  const bytes = await unsafelySigned(list, issuer)
  if (bytes.length > MAX_SIGNED_LIST_BYTES)
    throw new TypeError(
      `the list has ${bytes.length} bytes, and at most ${MAX_SIGNED_LIST_BYTES} are read: use several`,
    )
  const read = readSignedList(bytes)
  if ("detail" in read) throw new TypeError(`no verifier would take the list: ${read.detail}`)
  // Whether its key holds, only the document of its issuer says.
  if (hasDocument(issuer.did)) return bytes
  const opened = read.open()
  if ("detail" in opened) throw new TypeError(`no verifier would take the list: ${opened.detail}`)
  return bytes
}
