/** A key binding answers a challenge of this deployment that was made for this holder and this very presentation. */
import { signClaims } from "@assay/jose"
import { type Actor, actor, remoteOf } from "@assay/testkit/actors"
import { beforeAll, describe, expect, it } from "vitest"
import { whyNotBound } from "../../../src/formats/sd-jwt/bound.ts"
import { hashOfPresented } from "../../../src/formats/sd-jwt/make.ts"
import { issueCredentialWith } from "../../../src/vc/issue.ts"
import { readCredential } from "../../../src/vc/read.ts"

const [issuer, device, other, challenger] = [actor(), actor("ES256"), actor(), actor()]
const NOW = Date.UTC(2026, 5, 1)
const DOMAIN = "https://plant.example/"
const AUD = `${DOMAIN}historian/1`

let presented = ""
beforeAll(async () => {
  const input = {
    subject: device.did,
    vendor: "acme",
    class: "pump",
    assurance: "software",
    hardwareId: null,
    capabilities: { measurements: [], actions: ["telemetry"], audiences: [], ratePerMinute: 1 },
    validFrom: NOW - 1_000,
    validUntil: NOW + 86_400_000,
    status: [],
  } as const
  presented = await issueCredentialWith(input, remoteOf(issuer), "dc+sd-jwt")
})

interface Made {
  readonly challenge?: object
  readonly challengedBy?: Actor
  readonly claims?: object
  readonly holder?: Actor
  readonly typ?: string
}

const boundBy = ({
  challenge = {},
  challengedBy = challenger,
  claims = {},
  holder = device,
  typ = "assay-challenge+jwt",
}: Made) => {
  const iat = NOW / 1_000 - 10
  const asked = {
    iss: challengedBy.did,
    sub: device.did,
    aud: DOMAIN,
    iat,
    exp: iat + 300,
    jti: "x",
    purpose: "attestation",
  }
  const nonce = signClaims({ ...asked, key: hashOfPresented(presented), ...challenge }, challengedBy.key, {
    kid: challengedBy.kid,
    typ,
  }).toString()
  const said = { iat: NOW / 1_000, aud: AUD, nonce, sd_hash: hashOfPresented(presented), ...claims }
  return `${presented}${signClaims(said, holder.key, { kid: holder.kid, typ: "kb+jwt" })}`
}

const why = (made: Made, over: Partial<Parameters<typeof whyNotBound>[1]> = {}) => {
  const read = readCredential(boundBy(made))
  if ("detail" in read || read.binding === null) throw new Error("no binding was read")
  const context = {
    holder: device.did,
    aud: AUD,
    trustDomain: DOMAIN,
    challengers: [challenger.did],
    time: NOW,
    ...over,
  }
  return whyNotBound(read.binding, context)
}

describe("a key binding", () => {
  it("holds, and is no part of what names the credential", () => {
    expect(why({})).toBeNull()
    expect(why({ claims: { aud: DOMAIN } })).toBeNull()
    const [plain, bound] = [readCredential(presented), readCredential(boundBy({}))]
    if ("detail" in plain || "detail" in bound) throw new Error("it was not read")
    expect([plain.binding, bound.credential.hash]).toEqual([null, plain.credential.hash])
  })

  it.each<[string, Made, string]>([
    ["another holder's signature", { holder: other }, "alg is not that of the key of its holder"],
    ["another audience", { claims: { aud: "https://elsewhere.example/" } }, "aud is neither"],
    ["a nonce that is no challenge", { claims: { nonce: "1234567890" } }, "nonce: the challenge not three parts"],
    ["a challenge of a stranger", { challengedBy: other }, "is signed by no key that the bundle in force names"],
    ["a challenge for another device", { challenge: { sub: other.did } }, "nonce: the challenge is for"],
    [
      "a challenge of another deployment",
      { challenge: { aud: "https://elsewhere.example/" } },
      "nonce: the challenge is for https://elsewhere.example/",
    ],
    ["a challenge for another presentation", { challenge: { key: "AAAA" } }, "the challenge is for another key"],
    ["a challenge that is too long", { challenge: { exp: NOW / 1_000 + 7_200 } }, "runs longer"],
    ["a challenge of another type", { typ: "JWT" }, "nonce: the challenge typ is none"],
    ["a time before its challenge", { claims: { iat: NOW / 1_000 - 600 } }, "iat lies before"],
    ["a time ahead", { claims: { iat: NOW / 1_000 + 600 } }, "iat lies before its challenge, or ahead"],
  ])("does not hold with %s", (_, made, detail) => {
    expect(why(made)).toEqual({ isLate: false, detail: expect.stringContaining(detail) })
  })

  it("is late once its challenge has ended, which a carrier may have brought about", () => {
    expect(why({}, { time: NOW + 290_000 })).toMatchObject({ isLate: true })
    expect(why({}, { challengers: [] })).toMatchObject({ isLate: false })
  })

  it.each([
    [{ sd_hash: "A".repeat(43) }, "sd_hash is not that of what is presented"],
    [{ nonce: undefined }, "key binding: nonce is missing"],
    [{ more: 1 }, "key binding: more is not a known key"],
  ])("is not read with %j", (claims, detail) => {
    expect(readCredential(boundBy({ claims }))).toEqual({ detail: expect.stringContaining(detail) })
  })
})
