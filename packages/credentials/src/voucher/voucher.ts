/**
 * Ownership vouchers: who made a device, and whose it is now, as a chain of signed tokens (compact JWS, `m2m-voucher+jwt`). The first is
 * the maker's, each further one is signed by the owner that the one before names. What FDO and BRSKI call by that name, without their
 * protocols (docs/guides/onboarding.md).
 *
 *   first    {iss: maker, sub: the device's identity, vendor, class, serial, own: first owner, iat}
 *   further  {iss: owner before, sub, prv: SHA-256 of the token before, own: next owner, iat}
 *
 * A voucher alone claims nothing: the device itself signs for which voucher and under which key it is enrolled (`enrolment.ts`).
 */
import { hash } from "node:crypto"
import { keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { base64urlSha256, formatPath, integer, object, type Reader, readShape, text } from "@assay/jose/shape"
import { checkSignature, readToken } from "../token.ts"

export const VOUCHER_TYP = "m2m-voucher+jwt"
/** How often a device can be handed on. */
export const MAX_HANDOVERS = 15
/** Bytes of one token. */
const MAX_TOKEN = 4_096

export interface Voucher {
  readonly manufacturer: string
  /** The key that the maker gave the device, by DID. */
  readonly identity: string
  readonly vendor: string
  readonly class: string
  readonly serial: string
  /** Whose it is. */
  readonly owner: string
  readonly handovers: number
  /** SHA-256 of the last token, base64url: names this very chain. */
  readonly tip: string
}

/** What is wrong, for people. */
export interface VoucherFailure {
  readonly detail: string
}

const did = text(1024, /^did:/, "a DID")
const name = text(128)
const first = object({ iss: did, sub: did, vendor: name, class: name, serial: name, own: did, iat: integer() })
const further = object({
  iss: did,
  sub: did,
  prv: base64urlSha256,
  own: did,
  iat: integer(),
})

export const hashOfToken = (token: string): string => hash("sha256", token, "base64url")

/** A token of this shape that its issuer signed. */
const opened = <Body extends { readonly iss: string }>(
  token: string,
  typ: string,
  shape: Reader<Body>,
): Body | VoucherFailure => {
  if (token.length > MAX_TOKEN) return { detail: `a token has at most ${MAX_TOKEN} characters` }
  const read = readToken(token, typ)
  if ("detail" in read) return read
  const shaped = readShape(shape, read.payload)
  if (!("value" in shaped)) return { detail: `${formatPath(shaped[0]!.path)} ${shaped[0]!.message}` }
  return checkSignature(read.jws, shaped.value.iss) ?? shaped.value
}

/** Never throws; a signature check for each token. @param tokens oldest first */
export const openVoucher = (tokens: ReadonlyArray<string>): Voucher | VoucherFailure => {
  const [begin, ...rest] = tokens
  if (begin === undefined || rest.length > MAX_HANDOVERS)
    return { detail: `a voucher has 1 to ${MAX_HANDOVERS + 1} tokens` }
  const made = opened(begin, VOUCHER_TYP, first)
  if ("detail" in made) return { detail: `the maker's token: ${made.detail}` }
  const key = resolveDeviceKey(made.sub)
  if ("reason" in key) return { detail: `the device's identity: ${key.detail}` }
  let [owner, tip, iat] = [made.own, hashOfToken(begin), made.iat]
  for (const [n, token] of rest.entries()) {
    const given = opened(token, VOUCHER_TYP, further)
    const at = `handover ${n + 1}`
    if ("detail" in given) return { detail: `${at}: ${given.detail}` }
    if (keyIdOfDid(given.iss) !== keyIdOfDid(owner))
      return { detail: `${at} is signed by ${given.iss}, and not by its owner ${owner}` }
    if (given.sub !== made.sub) return { detail: `${at} is of another device, ${given.sub}` }
    if (given.prv !== tip) return { detail: `${at} does not follow the token before it` }
    if (given.iat < iat) return { detail: `${at} is older than the token before it` }
    owner = given.own
    tip = hashOfToken(token)
    iat = given.iat
  }
  const { iss: manufacturer, sub: identity, vendor, class: deviceClass, serial } = made
  return { manufacturer, identity, vendor, class: deviceClass, serial, owner, handovers: rest.length, tip }
}
