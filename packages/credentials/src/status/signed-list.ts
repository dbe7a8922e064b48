/**
 * Status lists as their issuers publish them: a Bitstring Status List credential (W3C, as `vc+jwt`), a Token Status List as JWT or
 * as CWT (draft-ietf-oauth-status-list-21). The key is that of the DID that the list names, so that nothing in it chooses whom to
 * believe: whether that DID may publish this list is for the reader to ask before `open`, which costs the signature and the
 * inflation.
 */
import { decodeCbor, isCborFailure, isMap, parseSign1, SIGN1_TAG } from "@assay/cose"
import { keyIdOfResolved, resolveDeviceKey } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import { type CompactJws, parseCompact, parseStrictObject } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"
import type { PublishedStatusList, StatusList } from "@assay/trust"
import { type Documents, NO_DOCUMENTS } from "../issuer/documents.ts"
import { keyOf, type TokenFailure } from "../token.ts"
import { bitstringClaims } from "./bitstring-claims.ts"
import type { ListClaims } from "./list-claims.ts"
import { CWT, cwtListClaims, jwtListClaims } from "./token-claims.ts"

export const LIST_FORMATS = ["vc+jwt", "statuslist+jwt", "statuslist+cwt"] as const
export type ListFormat = (typeof LIST_FORMATS)[number]

/** Bytes of a signed list. A million entries of which a hundredth is set take some 12,000. */
export const MAX_SIGNED_LIST_BYTES = 1 << 20

export interface NotOpened extends TokenFailure {
  /** Its signature does not hold; else its entries cannot be read. */
  readonly isForged: boolean
}

/** Not verified yet, and its entries not read. */
export interface SignedList extends Omit<PublishedStatusList, "list"> {
  readonly format: ListFormat
  /** The entries, once the signature of `issuer` was found to hold. Synchronous; never throws. */
  readonly open: () => StatusList | NotOpened
}

type Signed = Pick<CompactJws, "header" | "signingInput" | "signature">

const fail = (detail: string): TokenFailure => ({ detail })

/** Of a DID URL. */
const didOf = (kid: string): string => kid.split("#", 1)[0]!

const signedBy = (
  issuer: unknown,
  { header, signingInput, signature }: Signed,
  { entries, ...said }: ListClaims,
  format: ListFormat,
  documents: Documents,
): SignedList | TokenFailure => {
  if (typeof issuer !== "string") return fail("iss must be the DID of the issuer")
  const isDocumented = hasDocument(issuer)
  const named = isDocumented ? null : resolveDeviceKey(issuer)
  if (named !== null && "reason" in named) return fail(`its issuer must be a DID (${named.detail})`)
  const key = keyOf({ header }, issuer, documents)
  if ("detail" in key) {
    if (!isDocumented) return fail(key.detail)
    // What it says can be read without the document of its issuer; that it holds cannot.
    return { ...said, format, issuer, open: () => ({ isForged: true, detail: key.detail }) }
  }
  const open = (): StatusList | NotOpened =>
    verifyNow(key, signingInput, signature) === VALID
      ? (entries() ?? { isForged: false, detail: "its entries cannot be read, or are too many or too few" })
      : { isForged: true, detail: `it does not verify for ${issuer}` }
  return { ...said, format, issuer, ...(isDocumented ? { signer: keyIdOfResolved(key) } : {}), open }
}

const readCwt = (bytes: Uint8Array, documents: Documents): SignedList | TokenFailure => {
  const parsed = parseSign1(bytes, ["application/statuslist+cwt"], { maximum: MAX_SIGNED_LIST_BYTES, isForeign: true })
  if ("reason" in parsed) return fail(parsed.detail)
  const payload = decodeCbor(parsed.payload, "definite")
  if (isCborFailure(payload)) return fail(`payload: ${payload.detail}`)
  if (!isMap(payload)) return fail("payload: it is no map of claims")
  const claims = cwtListClaims(payload)
  if ("detail" in claims) return claims
  const { alg, typ } = parsed
  const kid = Buffer.from(parsed.kid).toString("utf8")
  return signedBy(
    payload.get(CWT.iss) ?? didOf(kid),
    { ...parsed, header: { alg, kid, typ } },
    claims,
    "statuslist+cwt",
    documents,
  )
}

const readJwt = (bytes: Uint8Array, documents: Documents): SignedList | TokenFailure => {
  const jws = parseCompact(bytes, { typ: ["vc+jwt", "statuslist+jwt"], maximum: MAX_SIGNED_LIST_BYTES })
  if ("reason" in jws) return fail(jws.detail)
  const payload = parseStrictObject(jws.payload)
  if ("reason" in payload) return fail(`payload: ${payload.detail}`)
  if (jws.header.typ === "vc+jwt") {
    const claims = bitstringClaims(payload.value)
    if ("detail" in claims) return claims
    const { issuer, ...said } = claims
    return signedBy(issuer, jws, said, "vc+jwt", documents)
  }
  const claims = jwtListClaims(payload.value)
  return "detail" in claims
    ? claims
    : signedBy(payload.value["iss"] ?? didOf(jws.header.kid), jws, claims, "statuslist+jwt", documents)
}

/**
 * What a published list says of itself, or the first thing wrong with it. Never throws; about 50 us for a small one.
 * @param documents of issuers whose DID is no key; where it is left out, their lists can be read and not opened
 */
export const readSignedList = (bytes: Uint8Array, documents: Documents = NO_DOCUMENTS): SignedList | TokenFailure =>
  bytes[0] === SIGN1_TAG ? readCwt(bytes, documents) : readJwt(bytes, documents)
