/** What owners hand in to claim a device, and how keys are referred to. */
import { openVoucher, whyNotEnrolled } from "@assay/credentials"
import { claimBy, enrolmentOf, handedOver, voucherFor } from "@assay/fleet"
import { openCommand } from "@assay/knowledge"
import { KeyError, parseKeyReference } from "@assay/signing"
import { refusedBy, type Target, text } from "../target.ts"
import { devices, NOW, world } from "../world.ts"

const { identity } = devices.find(({ profile }) => profile.identity.alg === "Ed25519")!.profile
const [owner, next] = [world.operators[0]!, world.operators[2]!]
const voucher = voucherFor(world, identity, owner)
const handed = handedOver(world, voucher, identity, owner, next)
const enrolment = enrolmentOf(world, voucher, identity, identity)
const linesOf = (bytes: Uint8Array): ReadonlyArray<string> => text(bytes).split("\n")

const vouchers: Target = {
  name: "voucher",
  about: "openVoucher: the chain of a device's owners, from somebody who says that it is theirs",
  seeds: () => [voucher, handed].map((tokens) => Buffer.from(tokens.join("\n"))),
  check: (bytes) => {
    const opened = openVoucher(linesOf(bytes))
    if ("detail" in opened) return false
    const { owner: whose } = opened
    if (whose !== owner.did && whose !== next.did) throw new Error(`a voucher makes ${whose} the owner`)
    return true
  },
}

const opened = openVoucher(voucher)
if ("detail" in opened) throw new Error(opened.detail)
const enrolments: Target = {
  name: "enrolment",
  about: "whyNotEnrolled: what a device signs to be enrolled, from anybody",
  seeds: () => [Buffer.from(enrolment.join("\n"))],
  check: (bytes) => {
    const expected = { device: identity.did, trustDomain: world.trustDomain }
    if (whyNotEnrolled(linesOf(bytes), opened, expected) !== null) return false
    if (!linesOf(bytes).every((line) => enrolment.includes(line)))
      throw new Error("an enrolment that nobody signed holds")
    return true
  },
}

const bundle = { ...world.bundle, operators: [{ did: owner.did, rights: ["claim" as const] }] }
const [token, opening] = claimBy(world, owner, 1, identity.did, { voucher, enrolment })
const claim: Target = {
  name: "claim",
  about: "openCommand: a claim with its opening, from whoever may hand in commands",
  seeds: () => [Buffer.from(`${token.bytes.toString("latin1")}\n${opening}`)],
  check: (bytes) => {
    const { fact } = openCommand(linesOf(bytes), bundle, NOW * 1_000, { epoch: 1, genesis: NOW * 1_000 })
    const { what } = fact
    if (!fact.accepted || what.kind !== "command") return false
    if (what.target !== identity.did || what.claim?.identity !== identity.did)
      throw new Error("another device is claimed")
    return true
  },
}

const PKCS11 = "pkcs11:token=plant;object=log%20key;id=%01%02?module-path=/lib/p11.so&pin-source=/run/pin"
const references: Target = {
  name: "key-reference",
  about: "parseKeyReference: how a key is named, from whoever configures a node",
  seeds: () =>
    [PKCS11, "https://kms.example/v1/keys/log#token-file=/run/token&ca-file=/run/ca"].map((one) => Buffer.from(one)),
  check: (bytes) => refusedBy([KeyError], () => parseKeyReference(text(bytes))),
}

export const OWNERSHIP: ReadonlyArray<Target> = [vouchers, enrolments, claim, references]
