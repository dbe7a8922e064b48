/** Tried with `jose`, which others wrote: what it signs is read here, and what is signed here it verifies. */
import { createPublicKey } from "node:crypto"
import { algOf } from "@assay/jose"
import { actor, remoteOf } from "@assay/testkit/actors"
import { compactVerify, jwtVerify, SignJWT } from "jose"
import { describe, expect, it } from "vitest"
import { hide } from "../../src/formats/sd-jwt/make.ts"
import { VCT } from "../../src/formats/sd-jwt/read.ts"
import { encodeStatusList } from "../../src/status/list.ts"
import { signStatusList } from "../../src/status/publish.ts"
import { readSignedList } from "../../src/status/signed-list.ts"
import { encodeTokenList } from "../../src/status/token-list.ts"
import { type CredentialInput, issueCredentialWith } from "../../src/vc/issue.ts"
import { verifyCredential } from "../../src/vc/read.ts"

const device = actor()
const FROM = Math.floor(Date.now() / 1_000) - 60
const UNTIL = FROM + 86_400
const CAPABILITIES = {
  measurements: [{ name: "t*", unit: "Cel", min: -40, max: 85 }],
  actions: ["telemetry" as const],
  audiences: ["https://plant.example/*"],
  ratePerMinute: 60,
}
const input: CredentialInput = {
  subject: device.did,
  vendor: "acme",
  class: "pump",
  assurance: "software",
  hardwareId: null,
  capabilities: CAPABILITIES,
  validFrom: FROM * 1_000,
  validUntil: UNTIL * 1_000,
  status: [],
}
const subject = { vendor: "acme", class: "pump", assurance: "software", capabilities: CAPABILITIES }
const LIST = "https://acme.example/status/1"

describe.each([actor(), actor("ES256")])("jose", (issuer) => {
  const { did, kid, key } = issuer
  const signed = (claims: object, typ: string): Promise<string> =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: algOf(key), kid, typ }).sign(key)

  it("signs a vc+jwt that is read, and verifies ours", async () => {
    const credential = {
      "@context": ["https://www.w3.org/ns/credentials/v2"],
      type: ["VerifiableCredential", "AssayDeviceCredential"],
      issuer: did,
      validFrom: new Date(FROM * 1_000).toISOString(),
      validUntil: new Date(UNTIL * 1_000).toISOString(),
      credentialSubject: { id: device.did, ...subject },
    }
    const claims = { ...credential, iss: did, sub: device.did, iat: FROM, exp: UNTIL }
    expect(verifyCredential(await signed(claims, "vc+jwt"))).toMatchObject({ credential: { subject: device.did } })
    const ours = await issueCredentialWith(input, remoteOf(issuer))
    const { payload } = await compactVerify(ours, createPublicKey(key))
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({ issuer: did })
  })

  it("signs an SD-JWT VC that is read, and verifies the issuer's part of ours", async () => {
    const { digest, disclosure } = hide("hardwareId", "SN-7")
    const claims = { iss: did, sub: device.did, vct: VCT, nbf: FROM, exp: UNTIL, ...subject, _sd: [digest] }
    const token = `${await signed(claims, "dc+sd-jwt")}~${disclosure}~`
    expect(verifyCredential(token)).toMatchObject({ credential: { hardwareId: "SN-7", subject: device.did } })
    const [jwt] = (await issueCredentialWith(input, remoteOf(issuer), "dc+sd-jwt")).split("~")
    const { payload } = await jwtVerify(jwt!, createPublicKey(key), { typ: "dc+sd-jwt", issuer: did })
    expect(payload).toMatchObject({ vct: VCT, sub: device.did })
  })

  it("signs status lists of both standards that are read, and verifies ours", async () => {
    const lst = Buffer.from(encodeTokenList(1, 8, [[3, 1]])).toString("base64url")
    const token = await signed({ sub: LIST, iat: FROM, exp: UNTIL, status_list: { bits: 1, lst } }, "statuslist+jwt")
    const list = {
      "@context": ["https://www.w3.org/ns/credentials/v2"],
      id: LIST,
      type: ["VerifiableCredential", "BitstringStatusListCredential"],
      issuer: did,
      validFrom: new Date(FROM * 1_000).toISOString(),
      credentialSubject: {
        type: "BitstringStatusList",
        statusPurpose: "revocation",
        encodedList: encodeStatusList(0, [3]),
      },
    }
    for (const made of [token, await signed(list, "vc+jwt")]) {
      const read = readSignedList(Buffer.from(made))
      expect("detail" in read ? read : read.open()).toHaveProperty("bits")
    }
    const ours = await signStatusList(
      {
        format: "statuslist+jwt",
        id: LIST,
        purpose: "token",
        issued: FROM * 1_000,
        expires: UNTIL * 1_000,
        ttlMs: 60_000,
        entries: 8,
        size: 1,
        values: [],
      },
      remoteOf(issuer),
    )
    const verified = await jwtVerify(Buffer.from(ours), createPublicKey(key), { typ: "statuslist+jwt", subject: LIST })
    expect(verified.payload).toMatchObject({ ttl: 60, status_list: { bits: 1 } })
  })
})
