/** One model behind all formats: what is issued in one is read, and what is odd is its issuer's mistake, with its path. */
import { encodeCbor, signSign1 } from "@assay/cose"
import { type JsonObject, signClaims } from "@assay/jose"
import { actor, remoteOf } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import { SCHEMA_ID } from "../../src/data-model/shape.ts"
import { formatOf } from "../../src/formats/index.ts"
import { present } from "../../src/formats/sd-jwt/make.ts"
import { checkSignature } from "../../src/token.ts"
import { type CredentialInput, ISSUED_FORMATS, type IssuedFormat, issueCredentialWith } from "../../src/vc/issue.ts"
import { readCredential, verifyCredential } from "../../src/vc/read.ts"

const [ed, es, device] = [actor(), actor("ES256"), actor()]
const FROM = Date.UTC(2026, 0, 1)
const UNTIL = Date.UTC(2027, 0, 1)
const LIST = "https://acme.example/status/1"

const inputOf = (format: IssuedFormat, over: Partial<CredentialInput> = {}): CredentialInput => ({
  subject: device.did,
  vendor: "acme",
  class: "pump",
  assurance: "software",
  hardwareId: "SN-1",
  capabilities: {
    measurements: [{ name: "p/temp", unit: "Cel", min: -40, max: 85 }],
    actions: ["telemetry"],
    audiences: ["https://plant.example/*"],
    ratePerMinute: 60,
  },
  validFrom: FROM,
  validUntil: UNTIL,
  status: [{ list: LIST, purpose: format === "dc+sd-jwt" ? "token" : "revocation", index: 42 }],
  ...over,
})

const verified = (token: string) => {
  const read = verifyCredential(token)
  if ("reason" in read) throw new Error(`${read.reason}: ${read.detail}`)
  return read.credential
}

describe.each(ISSUED_FORMATS)("%s", (format) => {
  it.each([ed, es])("is read as it was issued", async (issuer) => {
    const token = await issueCredentialWith(inputOf(format), remoteOf(issuer), format)
    expect(formatOf(token)).toBe(format)
    const { terms, ...said } = verified(token)
    expect(said).toMatchObject({
      subject: device.did,
      validFrom: FROM,
      validUntil: UNTIL,
      hardwareId: "SN-1",
      indices: [42],
    })
    expect(terms).toMatchObject({
      issuer: issuer.did,
      types: ["AssayDeviceCredential"],
      vendor: "acme",
      class: "pump",
      assurance: "software",
      status: [{ list: LIST, purpose: format === "dc+sd-jwt" ? "token" : "revocation" }],
    })
    expect(terms.capabilities.source).toEqual(inputOf(format).capabilities)
  })

  it("does not verify where a byte of what was signed, or of the signature, is another", async () => {
    const token = await issueCredentialWith(inputOf(format), remoteOf(ed), format)
    const other = await issueCredentialWith(inputOf(format, { vendor: "acmf" }), remoteOf(ed), format)
    expect(verified(other).hash).not.toBe(verified(token).hash)
    const read = readCredential(token)
    if ("detail" in read) throw new Error(read.detail)
    expect(checkSignature(read.signed, es.did)).toHaveProperty("detail")
    const signature = Uint8Array.from(read.signed.signature)
    signature[0]! ^= 1
    expect(checkSignature({ ...read.signed, signature }, ed.did)).toHaveProperty("detail")
    const signingInput = Uint8Array.from(read.signed.signingInput)
    signingInput[signingInput.length - 1]! ^= 1
    expect(checkSignature({ ...read.signed, signingInput }, ed.did)).toHaveProperty("detail")
  })

  it("is not issued with what nobody would read", async () => {
    const issue = (over: Partial<CredentialInput>) => issueCredentialWith(inputOf(format, over), remoteOf(ed), format)
    await expect(issue({ vendor: "a/b" })).rejects.toThrow("vendor must be a name without slash")
    await expect(issue({ validUntil: FROM })).rejects.toThrow("must be later than")
    const capabilities = { ...inputOf(format).capabilities, measurements: [{ name: "t", unit: null, min: 2, max: 1 }] }
    await expect(issue({ capabilities })).rejects.toThrow("capabilities.measurements[0].max is below min")
  })
})

describe("places on status lists", () => {
  it("stand where the format has a place for them", async () => {
    const token = [{ list: LIST, purpose: "token", index: 1 }] as const
    const bit = [{ list: LIST, purpose: "revocation", index: 1 }] as const
    expect(
      verified(await issueCredentialWith(inputOf("vc+jwt", { status: [...bit, ...token] }), remoteOf(ed))).indices,
    ).toEqual([1, 1])
    for (const format of ["data-integrity", "vc+cose"] as const)
      await expect(issueCredentialWith(inputOf(format, { status: token }), remoteOf(ed), format)).rejects.toThrow(
        "no claims",
      )
    await expect(issueCredentialWith(inputOf("dc+sd-jwt", { status: bit }), remoteOf(ed), "dc+sd-jwt")).rejects.toThrow(
      "no other",
    )
    const full = [...Array.from({ length: 4 }, (_, index) => ({ ...bit[0], index })), ...token]
    await expect(issueCredentialWith(inputOf("vc+jwt", { status: full }), remoteOf(ed))).rejects.toThrow("beyond 4")
  })
})

const oddIssuer = (token: string) => {
  const read = readCredential(token)
  if (!("detail" in read)) throw new Error("it was read")
  return {
    detail: read.detail,
    issuer: read.claimed?.issuer ?? null,
    isSigned: read.claimed !== undefined && checkSignature(read.claimed.signed, ed.did) === null,
  }
}

describe("what its issuer signed, and nobody can read, is its issuer's mistake, with the path", () => {
  const payloadOf = async (format: IssuedFormat): Promise<JsonObject> => {
    const token = await issueCredentialWith(inputOf(format), remoteOf(ed), format)
    return JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as JsonObject
  }

  it.each<[string, JsonObject, string]>([
    ["a term of its own", { restrictedTo: "Sundays" }, "restrictedTo is not a known key"],
    ["a claim of an older data model", { vc: {} }, "vc must not be there"],
    ["another iss", { iss: "did:key:z" }, "iss must be the same as issuer"],
    ["another sub", { sub: "did:key:z" }, "sub must be the same as credentialSubject.id"],
    ["a jti without id", { jti: "urn:1" }, "jti must be the same as id"],
    ["an audience", { aud: "https://plant.example" }, "aud is not a known key"],
    ["another status mechanism", { status: { acme: {} } }, "status.acme is not a known key"],
    ["evidence", { evidence: [] }, "evidence is not a known key"],
    ["terms of use", { termsOfUse: {} }, "termsOfUse is not a known key"],
    [
      "a schema that nobody here has looked at",
      { credentialSchema: { id: "https://a.example/s", type: "JsonSchema" } },
      "credentialSchema[0].id must be one of urn:assay:schema:AssayDeviceCredential:1",
    ],
    [
      "a schema that is a credential",
      { credentialSchema: [{ id: SCHEMA_ID, type: "JsonSchemaCredential" }] },
      "credentialSchema[0].type must be one of JsonSchema",
    ],
    [
      "another schema under the name of ours",
      { credentialSchema: { id: SCHEMA_ID, type: "JsonSchema", digestSRI: `sha384-${"A".repeat(64)}` } },
      "credentialSchema[0].digestSRI must be one of sha384-",
    ],
    [
      "a member of a schema that is not understood",
      { credentialSchema: { id: SCHEMA_ID, type: "JsonSchema", digestMultibase: "z" } },
      "credentialSchema[0].digestMultibase is not a known key",
    ],
  ])("vc+jwt with %s", async (_, change, detail) => {
    const token = signClaims({ ...(await payloadOf("vc+jwt")), ...change }, ed.key, {
      kid: ed.kid,
      typ: "vc+jwt",
    }).toString()
    const found = oddIssuer(token)
    expect(found).toMatchObject({ issuer: ed.did, isSigned: true })
    expect(found.detail).toContain(detail)
  })

  it("vc+jwt counts while its signature does, and takes cty and claims that say the same", async () => {
    const payload = await payloadOf("vc+jwt")
    const claims = {
      iss: ed.did,
      sub: device.did,
      iat: FROM / 1000 + 60,
      nbf: FROM / 1000 + 90,
      exp: UNTIL / 1000 - 60,
    }
    const token = signClaims({ ...payload, ...claims }, ed.key, { kid: ed.kid, typ: "vc+jwt" }).toString()
    expect(verified(token)).toMatchObject({ validFrom: FROM + 90_000, validUntil: UNTIL - 60_000 })
  })

  it.each<[string, JsonObject, string]>([
    ["another vct", { vct: "https://acme.example/pump" }, "vct must be one of"],
    ["no end", { exp: undefined as never }, "exp is missing"],
    ["no begin", { nbf: undefined as never, iat: undefined as never }, "nbf is missing"],
    [
      "a key that is not its subject's",
      { cnf: { jwk: ed.key.export({ format: "jwk" }) as never } },
      "cnf.jwk must be a public JWK",
    ],
    ["a kid of somebody else", { cnf: { kid: `${ed.did}#1` } }, "cnf.kid must be a key of sub"],
    [
      "capabilities that are disclosed in part",
      { capabilities: { _sd: ["x"] } },
      "capabilities must be disclosed as a whole",
    ],
    ["an end that is disclosed or not", { status: { _sd: ["x"] } }, "status must not be disclosed selectively"],
    ["a member that is not understood", { limitedTo: 1 }, "limitedTo is not a known key"],
    ["digests that are none", { _sd: 1 }, "_sd is no array"],
  ])("dc+sd-jwt with %s", async (_, change, detail) => {
    const payload = { ...(await payloadOf("dc+sd-jwt")), ...change }
    const token = `${signClaims(payload, ed.key, { kid: ed.kid, typ: "dc+sd-jwt" })}~`
    const found = oddIssuer(token)
    expect(found).toMatchObject({ issuer: ed.did, isSigned: true })
    expect(found.detail).toContain(detail)
  })

  it("vc+cose with a term of its own, a content type taken, and CWT claims refused", async () => {
    const payload = Buffer.from(JSON.stringify({ ...(await payloadOf("vc+jwt")), restrictedTo: 1 }))
    const options = { kid: Buffer.from(ed.kid), typ: "application/vc+cose" }
    const token = signSign1(payload, ed.key, options).toString("base64url")
    expect(oddIssuer(token)).toMatchObject({
      issuer: ed.did,
      isSigned: true,
      detail: "restrictedTo is not a known key",
    })
    const header = (more: ReadonlyArray<readonly [number, string]>) =>
      encodeCbor(
        new Map<number, number | string | Uint8Array>([[1, -19], [4, Buffer.from(ed.kid)], [16, options.typ], ...more]),
      )
    const sealed = (protectedHeader: Uint8Array) =>
      Buffer.concat([Buffer.of(0xd2), encodeCbor([protectedHeader, new Map(), payload, Buffer.alloc(64)])]).toString(
        "base64url",
      )
    expect(readCredential(sealed(header([[3, "application/vc"]])))).toHaveProperty("claimed")
    expect(readCredential(sealed(header([[15, "claims"]])))).toEqual({ detail: "the header carries 15" })
  })
})

describe("dc+sd-jwt, disclosed by its holder", () => {
  it("says what is disclosed, and is another credential for each set of disclosures, in whichever order", async () => {
    const token = await issueCredentialWith(inputOf("dc+sd-jwt"), remoteOf(ed), "dc+sd-jwt", [
      "hardwareId",
      "assurance",
    ])
    const none = verified(present(token, new Set()))
    const one = verified(present(token, new Set(["hardwareId"])))
    expect([none.hardwareId, none.terms.assurance]).toEqual([null, "claimed"])
    expect([one.hardwareId, one.terms.assurance]).toEqual(["SN-1", "claimed"])
    const [jwt, a, b] = token.split("~")
    expect(verified([jwt, b, a, ""].join("~")).hash).toBe(verified(token).hash)
    expect(new Set([none.hash, one.hash, verified(token).hash]).size).toBe(3)
  })

  it("is the holder's to disclose rightly: what is odd there is not its issuer's", async () => {
    const token = await issueCredentialWith(inputOf("dc+sd-jwt"), remoteOf(ed), "dc+sd-jwt")
    expect(oddIssuer(`${token}AAAA~`)).toMatchObject({ issuer: null })
    await expect(
      issueCredentialWith(inputOf("dc+sd-jwt"), remoteOf(ed), "dc+sd-jwt", ["capabilities"]),
    ).rejects.toThrow("may be")
  })
})
