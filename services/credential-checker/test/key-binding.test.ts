/** A presentation of an SD-JWT: without a key binding, with one that holds, late, and with a forged one. */

import { createHash } from "node:crypto"
import { issueCredentialWith } from "@assay/credentials"
import { algOf, signClaims, signRaw } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { AUD, actor, bundleOf, caps, DAY, device, maker, NOW, partition, presentationOf } from "./world.ts"

const challenger = actor()
const bundle = bundleOf({ over: { challengers: [challenger.did] } })

const issued = issueCredentialWith(
  {
    subject: device.did,
    vendor: "acme",
    class: "pump",
    assurance: "software",
    hardwareId: null,
    capabilities: caps,
    validFrom: NOW - DAY,
    validUntil: NOW + DAY,
    status: [],
  },
  { did: maker.did, alg: algOf(maker.key), sign: async (input) => signRaw(maker.key, input) },
  "dc+sd-jwt",
)

const kidOf = (did: string): string => `${did}#${did.slice("did:key:".length)}`

const bound = async (holder = device): Promise<string> => {
  const presented = await issued
  const sd_hash = createHash("sha256").update(presented).digest("base64url")
  const iat = NOW / 1_000 - 10
  const asked = {
    iss: challenger.did,
    sub: device.did,
    aud: "https://plant.example/",
    iat,
    exp: iat + 300,
    jti: "x",
    purpose: "attestation",
    key: sd_hash,
  }
  const nonce = signClaims(asked, challenger.key, { kid: kidOf(challenger.did), typ: "assay-challenge+jwt" }).toString()
  const said = { iat: NOW / 1_000, aud: AUD, nonce, sd_hash }
  return `${presented}${signClaims(said, holder.key, { kid: kidOf(holder.did), typ: "kb+jwt" })}`
}

const reasonsOf = async (token: string, time = NOW): Promise<ReadonlyArray<string>> => {
  const { verdict } = await partition().judge(presentationOf([token], { bundle, time }))
  return verdict.reasons
}

describe("a presented SD-JWT", () => {
  it("counts by the presentation that its device signs, and with a key binding that holds", async () => {
    expect(await reasonsOf(await issued)).toEqual([])
    expect(await reasonsOf(await bound())).toEqual([])
  })

  it("does not count with a key binding that does not hold; a late one charges nobody", async () => {
    expect(await reasonsOf(await bound(maker))).toEqual(["credential.binding_refused"])
    expect(await reasonsOf(await bound(), NOW + 295_000)).toEqual(["credential.binding_late"])
  })

  it("is asked again each time: a binding that held is not remembered", async () => {
    const rig = partition()
    const token = await bound()
    expect((await rig.judge(presentationOf([token], { bundle }))).verdict.reasons).toEqual([])
    const late = presentationOf([token], { bundle, time: NOW + 295_000 })
    expect((await rig.judge(late)).verdict.reasons).toEqual(["credential.binding_late"])
    expect(rig.counts.verified).toBe(1)
  })
})
