/** Vouchers, enrolments and the commands of a device's life, as makers, owners and devices of a simulated world sign them. */
import { hash } from "node:crypto"
import { ENROLMENT_TYP, VOUCHER_TYP } from "@assay/credentials"
import { type ClaimOpening, newClaim } from "@assay/knowledge"
import type { LifeVerb } from "@assay/trust"
import type { Identity } from "../keys.ts"
import { headerOf, type Signed, signToken } from "../token.ts"
import type { World } from "../world.ts"

const text = ({ bytes }: Signed): string => bytes.toString("latin1")
const hashOf = (token: string): string => hash("sha256", token, "base64url")

/** The maker's voucher for the first owner. */
export const voucherFor = (
  world: World,
  identity: Identity,
  owner: Identity,
  maker = world.manufacturer,
): ReadonlyArray<string> => {
  const claims = {
    sub: identity.did,
    vendor: "acme",
    class: world.deviceClass,
    serial: `sn-${hashOf(identity.did).slice(0, 8)}`,
  }
  const payload = { iss: maker.did, ...claims, own: owner.did, iat: world.now }
  return [text(signToken(maker, headerOf(maker, VOUCHER_TYP), payload))]
}

/** The voucher with one owner more, signed by whoever says to be the one before. */
export const handedOver = (
  world: World,
  voucher: ReadonlyArray<string>,
  identity: Identity,
  by: Identity,
  to: Identity,
): ReadonlyArray<string> => {
  const payload = { iss: by.did, sub: identity.did, prv: hashOf(voucher.at(-1)!), own: to.did, iat: world.now }
  return [...voucher, text(signToken(by, headerOf(by, VOUCHER_TYP), payload))]
}

/** What the device signs to be enrolled under its own key, or a new one. */
export const enrolmentOf = (
  world: World,
  voucher: ReadonlyArray<string>,
  identity: Identity,
  device: Identity,
): ReadonlyArray<string> =>
  (identity.did === device.did ? [identity] : [identity, device]).map((signer) => {
    const claims = {
      dev: device.did,
      idt: identity.did,
      aud: world.trustDomain,
      vch: hashOf(voucher.at(-1)!),
      iat: world.now,
    }
    return text(signToken(signer, headerOf(signer, ENROLMENT_TYP), { iss: signer.did, ...claims }))
  })

/** The elements of a claim: the operator's token, and the opening that it names. */
export const claimBy = (
  world: World,
  operator: Identity,
  seq: number,
  device: string,
  opening: ClaimOpening,
): readonly [Signed, string] => {
  const made = newClaim(opening)
  return [world.command(operator, { verb: "claim", target: device, seq, evidence: made.evidence }), made.opening]
}

/** One token for each operator. */
export const lifeBy = (
  world: World,
  operators: ReadonlyArray<Identity>,
  verb: Exclude<LifeVerb, "claim">,
  device: string,
  seq: number,
): ReadonlyArray<Signed> =>
  operators.map((operator) =>
    world.command(operator, {
      verb,
      target: device,
      seq,
      ...(verb === "attest" ? { evidence: hashOf(`appraised ${device}`) } : {}),
    }),
  )
