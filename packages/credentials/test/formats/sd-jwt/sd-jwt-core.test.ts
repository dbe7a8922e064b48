/**
 * SD-JWT with `@sd-jwt/core`, which others wrote: as issuer, as holder with a key binding, and as verifier. What it makes is accepted here,
 * what is made here it accepts, and what was changed on the way both refuse.
 */
import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from "node:crypto"
import { algOf, signClaims, signRaw } from "@assay/jose"
import { type Actor, actor, remoteOf } from "@assay/testkit/actors"
import { SDJwtInstance, type SdJwtPayload } from "@sd-jwt/core"
import { describe, expect, it } from "vitest"
import { whyNotBound } from "../../../src/formats/sd-jwt/bound.ts"
import { hashOfPresented, present } from "../../../src/formats/sd-jwt/make.ts"
import { VCT } from "../../../src/formats/sd-jwt/read.ts"
import { type CredentialInput, issueCredentialWith } from "../../../src/vc/issue.ts"
import { readCredential, verifyCredential } from "../../../src/vc/read.ts"

const FROM = Math.floor(Date.now() / 1_000) - 60
const UNTIL = FROM + 86_400
const DOMAIN = "https://plant.example/"
const CAPABILITIES = {
  measurements: [{ name: "t*", unit: "Cel", min: -40, max: 85 }],
  actions: ["telemetry" as const],
  audiences: [`${DOMAIN}*`],
  ratePerMinute: 60,
}

const holds = (key: KeyObject, data: string, signature: string): boolean =>
  algOf(key) === "Ed25519"
    ? verify(null, Buffer.from(data), createPublicKey(key), Buffer.from(signature, "base64url"))
    : verify(
        "sha256",
        Buffer.from(data),
        { key: createPublicKey(key), dsaEncoding: "ieee-p1363" },
        Buffer.from(signature, "base64url"),
      )
const signed = (key: KeyObject) => (data: string) => signRaw(key, Buffer.from(data)).toString("base64url")

/** It brings no cryptography of its own. */
const library = (issuer: Actor, holder: Actor): SDJwtInstance<SdJwtPayload> =>
  new SDJwtInstance<SdJwtPayload>({
    hasher: (data) =>
      new Uint8Array(
        createHash("sha256")
          .update(data as string)
          .digest(),
      ),
    hashAlg: "sha-256",
    saltGenerator: () => randomBytes(16).toString("base64url"),
    signAlg: algOf(issuer.key),
    signer: signed(issuer.key),
    verifier: (data, signature) => holds(issuer.key, data, signature),
    kbSignAlg: algOf(holder.key),
    kbSigner: signed(holder.key),
    kbVerifier: (data, signature) => holds(holder.key, data, signature),
  })

const input = (subject: string): CredentialInput => ({
  subject,
  vendor: "acme",
  class: "pump",
  assurance: "software",
  hardwareId: "SN-7",
  capabilities: CAPABILITIES,
  validFrom: FROM * 1_000,
  validUntil: UNTIL * 1_000,
  status: [],
})

describe.each([
  ["Ed25519", actor(), actor("ES256")],
  ["ES256", actor("ES256"), actor()],
] as const)("@sd-jwt/core, an issuer with %s", (_, issuer, holder) => {
  const theirs = library(issuer, holder)
  const challenger = actor()
  const claims = {
    vendor: "acme",
    class: "pump",
    capabilities: CAPABILITIES,
    hardwareId: "SN-7",
    assurance: "software",
  }

  const issued = () =>
    theirs.issue(
      { iss: issuer.did, sub: holder.did, vct: VCT, iat: FROM, exp: UNTIL, ...claims },
      { _sd: ["hardwareId", "assurance"], _sd_decoy: 2 },
      { header: { kid: issuer.kid, typ: "dc+sd-jwt" } },
    )
  const challengeFor = (presented: string): string => {
    const asked = { iss: challenger.did, sub: holder.did, aud: DOMAIN, iat: FROM, exp: FROM + 3_600, jti: "x" }
    const more = { purpose: "attestation", key: hashOfPresented(presented) }
    return signClaims({ ...asked, ...more }, challenger.key, {
      kid: challenger.kid,
      typ: "assay-challenge+jwt",
    }).toString()
  }
  const whyNot = (token: string) => {
    const read = readCredential(token)
    if ("detail" in read || read.binding === null) throw new Error("detail" in read ? read.detail : "no binding")
    const context = { holder: holder.did, aud: DOMAIN, trustDomain: DOMAIN, challengers: [challenger.did] }
    return whyNotBound(read.binding, { ...context, time: (FROM + 60) * 1_000 })
  }

  it("issues what is read here, and its holder leaves out what it may", async () => {
    const token = await issued()
    expect(verifyCredential(token)).toMatchObject({
      credential: { subject: holder.did, hardwareId: "SN-7", terms: { assurance: "software", vendor: "acme" } },
    })
    const fewer = await theirs.present(token, { assurance: true })
    expect(verifyCredential(fewer)).toMatchObject({
      credential: { hardwareId: null, terms: { assurance: "software" } },
    })
    const other = token.replace(
      /\.[^.~]+~/,
      (signature) => `${signature.slice(0, 3)}${signature[3] === "A" ? "B" : "A"}${signature.slice(4)}`,
    )
    expect(verifyCredential(other)).toMatchObject({ reason: "signature_invalid" })
  })

  it("binds a presentation to a challenge of ours", async () => {
    const token = await issued()
    const frame = { hardwareId: true }
    const presented = await theirs.present(token, frame)
    const payload = { iat: FROM + 30, aud: DOMAIN, nonce: challengeFor(presented) }
    const bound = await theirs.present(token, frame, { kb: { payload } })
    expect(verifyCredential(bound)).toMatchObject({ credential: { subject: holder.did, hardwareId: "SN-7" } })
    expect(whyNot(bound)).toBeNull()
    const elsewhere = await theirs.present(token, frame, {
      kb: { payload: { ...payload, aud: "https://other.example/" } },
    })
    expect(whyNot(elsewhere)).toMatchObject({ isLate: false })
    const more = await theirs.present(token, { hardwareId: true, assurance: true }, { kb: { payload } })
    expect(whyNot(more)).toMatchObject({ detail: expect.stringContaining("for another key") })
  })

  it("verifies what is issued and presented here, with its key binding", async () => {
    const token = await issueCredentialWith(input(holder.did), remoteOf(issuer), "dc+sd-jwt", [
      "hardwareId",
      "assurance",
    ])
    const shown = present(token, new Set(["hardwareId"]))
    const { payload } = await theirs.verify(shown)
    expect(payload).toMatchObject({ iss: issuer.did, sub: holder.did, vct: VCT, hardwareId: "SN-7" })
    expect(payload).not.toHaveProperty("assurance")

    const nonce = challengeFor(shown)
    const said = { iat: FROM + 30, aud: DOMAIN, nonce, sd_hash: hashOfPresented(shown) }
    const bound = `${shown}${signClaims(said, holder.key, { kid: holder.kid, typ: "kb+jwt" })}`
    const { kb } = (await theirs.verify(bound, { keyBindingNonce: nonce })) as {
      readonly kb?: { readonly payload: object }
    }
    expect(kb!.payload).toMatchObject({ aud: DOMAIN, nonce })
    await expect(theirs.verify(bound, { keyBindingNonce: "another" })).rejects.toThrow()
    const others = library(actor(algOf(issuer.key)), holder)
    await expect(others.verify(shown)).rejects.toThrow()
  })
})
