/** Names, as a software TPM and tpm2-tools gave them (vectors). */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { nameOf, openPublicArea, type PublicArea, qualifiedNameUnder, readEndorsementKey } from "../../src/index.ts"
import { readAttest } from "../../src/tpm2/attest.ts"

const file = (name: string): Buffer => readFileSync(new URL(`vectors/${name}`, import.meta.url))
const EK = readEndorsementKey(file("ek.tpmt"))

it("names an endorsement key, and reads what it is", () => {
  expect(EK).toMatchObject({ kind: "RSA", symmetricBits: 128 })
  expect(Buffer.from(EK.name)).toEqual(nameOf(file("ek.tpmt")))
})

it("finds the qualified name of a key under it, which quotes state", () => {
  const found = qualifiedNameUnder(EK.name, nameOf(file("ak.tpmt")))
  expect(found).toEqual(file("ak.qname"))
  expect(Buffer.from(readAttest(file("quote.attest")).signer)).toEqual(file("ak.qname"))
})

it("distinguishes a key of the owner's hierarchy by it", () => {
  const owner = openPublicArea(file("oak.tss").subarray(2)) as PublicArea
  const { signer } = readAttest(file("quote-owner.attest"))
  expect(Buffer.from(signer)).not.toEqual(qualifiedNameUnder(EK.name, owner.name))
})

it("takes no other key for an endorsement key", () => {
  expect(() => readEndorsementKey(file("ak.tpmt"))).toThrow(/storage key/)
  expect(() => readEndorsementKey(file("ek.tpmt").subarray(0, 40))).toThrow()
})
