/** Signing vouchers and enrolments: as makers, owners and devices do. */
import { type RemoteKey, signTokenWith } from "@assay/jose"
import { ENROLMENT_TYP } from "./enrolment.ts"
import { hashOfToken, openVoucher, VOUCHER_TYP } from "./voucher.ts"

/** @throws TypeError with what is wrong */
const checked = (tokens: ReadonlyArray<string>): ReadonlyArray<string> => {
  const read = openVoucher(tokens)
  if ("detail" in read) throw new TypeError(`not a voucher: ${read.detail}`)
  return tokens
}

export interface MadeDevice {
  /** The DID of the key that the device was given. */
  readonly identity: string
  readonly vendor: string
  readonly class: string
  readonly serial: string
  readonly owner: string
  /** Seconds since 1970. */
  readonly iat: number
}

/** The maker's token. @throws TypeError where it would not be read back; what the key throws */
export const issueVoucher = async (device: MadeDevice, maker: RemoteKey): Promise<ReadonlyArray<string>> => {
  const { identity: sub, vendor, class: deviceClass, serial, owner: own, iat } = device
  return checked([await signTokenWith({ sub, vendor, class: deviceClass, serial, own, iat }, maker, VOUCHER_TYP)])
}

/** Hands the device on. @throws TypeError where the voucher does not hold, or is not of this owner; what the key throws */
export const extendVoucher = async (
  tokens: ReadonlyArray<string>,
  next: { readonly owner: string; readonly iat: number },
  owner: RemoteKey,
): Promise<ReadonlyArray<string>> => {
  const before = openVoucher(tokens)
  if ("detail" in before) throw new TypeError(`not a voucher: ${before.detail}`)
  const claims = { sub: before.identity, prv: hashOfToken(tokens.at(-1)!), own: next.owner, iat: next.iat }
  return checked([...tokens, await signTokenWith(claims, owner, VOUCHER_TYP)])
}

export interface EnrolmentInput {
  readonly trustDomain: string
  /** Of the voucher. */
  readonly tip: string
  readonly iat: number
}

/** @param device the key that it will speak under; the identity itself, or a new one. @throws what the keys throw */
export const signEnrolment = async (
  { trustDomain: aud, tip: vch, iat }: EnrolmentInput,
  identity: RemoteKey,
  device: RemoteKey,
): Promise<ReadonlyArray<string>> => {
  const claims = { dev: device.did, idt: identity.did, aud, vch, iat }
  const keys = identity.did === device.did ? [identity] : [identity, device]
  return Promise.all(keys.map((key) => signTokenWith(claims, key, ENROLMENT_TYP)))
}
