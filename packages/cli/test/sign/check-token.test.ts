import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { issueCredential } from "@assay/credentials"
import { encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { signClaims } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { foreseeUnder, type ReadToken, readToken } from "../../src/sign/check-token.ts"

const NOW = Date.UTC(2026, 0, 1)
const make = () => {
  const { privateKey } = generateKeyPairSync("ed25519")
  const did = encodeDidKey(publicKeyOf(privateKey))
  const resolved = resolveDeviceKey(did)
  if ("reason" in resolved) throw new Error(resolved.detail)
  return { did, kid: resolved.kid, key: privateKey as KeyObject }
}
const device = make()
const issuer = make()

const message = (more: object): Uint8Array =>
  signClaims(
    {
      iss: device.did,
      aud: "https://plant.example/historian/1",
      iat: NOW / 1000,
      act: "telemetry",
      epo: 0,
      seq: 0,
      prv: null,
      senml: [{ n: "pump/flow", v: 3, u: "m3/s" }],
      ...more,
    },
    device.key,
    { kid: device.kid, typ: "m2m-message+jwt" },
  )
const read = (more: object): ReadToken => {
  const found = readToken(message(more))
  if ("reason" in found) throw new Error(found.detail)
  return found
}
const credential = (subject = device.did): string =>
  issueCredential(
    {
      subject,
      vendor: "acme",
      class: "pump",
      assurance: "software",
      hardwareId: null,
      capabilities: {
        measurements: [{ name: "pump/*", unit: "m3/s", min: 0, max: 10 }],
        actions: ["telemetry"],
        audiences: ["https://plant.example/historian/*"],
        ratePerMinute: 60,
      },
      validFrom: NOW - 1_000,
      validUntil: NOW + 1_000,
      status: [],
    },
    issuer,
  )
const under = (more: object, token = credential(), time = NOW) =>
  foreseeUnder(read(more), token, time).map(({ reason }) => reason)

describe("what will become of a token", () => {
  it.each([
    [{ aud: "https://plant.example/../x" }, "identity.malformed_claims"],
    [{ aud: "historian" }, "identity.malformed_claims"],
    [{ senml: [{ n: "pump flow", v: 1 }] }, "identity.readings_refused"],
    [{ senml: [{ n: "pump/flow", v: 1, u: "u".repeat(33) }] }, "identity.readings_refused"],
    [{ senml: [{ n: "pump/flow" }] }, "identity.readings_refused"],
  ])("%j passes in no deployment", (more, reason) => {
    expect(readToken(message(more))).toMatchObject({ reason, detail: expect.stringMatching(/.{8}/) })
  })

  it("is read where nothing is wrong, and passes under a credential that grants it", () => {
    expect(read({}).readings).toMatchObject([{ name: "pump/flow", value: 3, unit: "m3/s" }])
    expect(under({})).toEqual([])
  })

  it("is what the credential does not grant, by the reasons of the stage", () => {
    expect(under({ senml: [{ n: "pump/flow", v: 3, u: "l/s" }] })).toEqual(["credential.measurement_refused"])
    expect(under({ senml: [{ n: "pump/flow", v: 30, u: "m3/s" }] })).toEqual(["credential.value_out_of_range"])
    expect(under({ aud: "https://plant.example/mes/1" })).toEqual(["credential.audience_refused"])
    expect(under({ act: "event", senml: undefined, body: {} })).toEqual(["credential.action_refused"])
    expect(under({}, credential(issuer.did))).toEqual(["credential.holder_mismatch"])
    expect(under({}, credential(), NOW + 1_000)).toEqual(["credential.expired"])
    expect(under({}, credential(), NOW - 2_000)).toEqual([])
    expect(under({}, credential(), NOW - 62_000)).toEqual(["credential.not_yet_valid"])
    expect(under({}, "none")).toEqual(["credential.malformed"])
  })
})
