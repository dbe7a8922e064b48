/**
 * What a device signs to be enrolled (compact JWS, `m2m-enrolment+jwt`): for which voucher, in which deployment, and under which key it
 * will speak. Signed by the key that its maker gave it, and by that new key too where it is another one: so nobody enrols somebody
 * else's key, and a voucher of before a handover needs a signature that an honest device does not give any more.
 *
 *   {iss: who signs, dev: the DID that it will speak under, idt: its identity, aud: trust domain, vch: tip of the voucher, iat}
 */
import { keyIdOfDid } from "@assay/did"
import { base64urlSha256, formatPath, integer, object, readShape, text } from "@assay/jose/shape"
import { checkSignature, readToken } from "../token.ts"
import type { Voucher, VoucherFailure } from "./voucher.ts"

export const ENROLMENT_TYP = "m2m-enrolment+jwt"
const MAX_TOKEN = 8_192

const did = text(1024, /^did:/, "a DID")
const shape = object({
  iss: did,
  dev: did,
  idt: did,
  aud: text(512),
  vch: base64urlSha256,
  iat: integer(),
})

export interface Expected {
  readonly device: string
  readonly trustDomain: string
}

/**
 * Why these tokens do not enrol the device under this voucher; null where they do. Never throws.
 * @param tokens by the identity, and by the device's own key where that is another one
 */
export const whyNotEnrolled = (
  tokens: ReadonlyArray<string>,
  voucher: Pick<Voucher, "identity" | "tip">,
  { device, trustDomain }: Expected,
): VoucherFailure | null => {
  const signers = new Set<string>()
  if (tokens.length === 0 || tokens.length > 2) return { detail: "an enrolment has one token, or two" }
  for (const token of tokens) {
    if (token.length > MAX_TOKEN) return { detail: `a token has at most ${MAX_TOKEN} characters` }
    const read = readToken(token, ENROLMENT_TYP)
    if ("detail" in read) return { detail: `the enrolment: ${read.detail}` }
    const shaped = readShape(shape, read.payload)
    if (!("value" in shaped)) return { detail: `the enrolment: ${formatPath(shaped[0]!.path)} ${shaped[0]!.message}` }
    const { iss, dev, idt, aud, vch } = shaped.value
    if (idt !== voucher.identity)
      return { detail: `the enrolment is by ${idt}, and the voucher of ${voucher.identity}` }
    if (dev !== device) return { detail: `the enrolment is of ${dev}, and not of ${device}` }
    if (aud !== trustDomain) return { detail: `the enrolment is for ${aud}, and not for ${trustDomain}` }
    if (vch !== voucher.tip)
      return { detail: "the enrolment was signed for another voucher, or for one of before a handover" }
    const forged = checkSignature(read.jws, iss)
    if (forged !== null) return { detail: `the enrolment ${forged.detail}` }
    signers.add(keyIdOfDid(iss))
  }
  if (!signers.has(keyIdOfDid(voucher.identity)))
    return { detail: "the enrolment is not signed by the device's identity" }
  return signers.has(keyIdOfDid(device)) ? null : { detail: `the enrolment is not signed by the key of ${device}` }
}
