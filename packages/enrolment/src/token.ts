/** Signs the tokens of this package: compact JWS by whoever holds the key. */
import { resolveDeviceKey } from "@assay/did"
import type { Signer } from "@assay/signing"

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** @throws TypeError where the signer's DID has no key; what the signer throws */
export const signToken = async (signer: Signer, typ: string, claims: object): Promise<string> => {
  const key = resolveDeviceKey(signer.did)
  if ("reason" in key) throw new TypeError(`${signer.did}: ${key.detail}`)
  const input = `${part({ alg: signer.alg, kid: key.kid, typ })}.${part({ iss: signer.did, ...claims })}`
  const signature = await signer.sign(Buffer.from(input, "latin1"))
  return `${input}.${Buffer.from(signature).toString("base64url")}`
}
