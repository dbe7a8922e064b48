import { describe, expect, it } from "vitest"
import { type Cbor, encodeCbor } from "../../src/bytes/cbor.ts"
import { openPassport } from "../../src/index.ts"
import { MAX_CWT_BYTES, toBase64, toCwt } from "../../src/issue.ts"
import {
  claimsFor,
  DOMAIN,
  ISSUER,
  jws,
  NOW,
  openedSlice,
  passportCwt,
  passportJwt,
  SLICE,
  sign1,
  signer,
  thumbprint,
} from "../made.ts"

const DEVICE = signer("ES256", "jwk").did

const reasonOf = async (bytes: Uint8Array, slice = SLICE): Promise<string | null> => {
  const found = await openPassport(bytes, slice)
  return "reason" in found ? found.reason : null
}

describe.each([
  ["JWT", passportJwt],
  ["CWT", passportCwt],
] as const)("a passport as %s", (form, encode) => {
  it("says the same in either form", async () => {
    const claims = claimsFor(DEVICE)
    const found = await openPassport(encode(claims), await openedSlice())
    expect(found).toEqual({ ...claims, digest: expect.any(String) })
  })

  it("of a DID that is no key names the key", async () => {
    const claims = claimsFor("did:web:plant.example", { cnf: { jkt: thumbprint(DEVICE), kid: DEVICE } })
    expect(await openPassport(encode(claims), SLICE)).toMatchObject({ sub: claims.sub, cnf: claims.cnf })
  })

  it("without class or checkpoint too", async () => {
    const claims = claimsFor(DEVICE, { class: null, log: null })
    expect(await openPassport(encode(claims), SLICE)).toMatchObject({ m2m: { class: null, log: null } })
  })

  it.each<readonly [string, Parameters<typeof claimsFor>[1], string]>([
    ["of a signer that the slice does not name", { iss: signer().did }, "passport.signer_unknown"],
    ["of another deployment", { aud: "https://other.example/" }, "passport.audience_refused"],
    ["with the thumbprint of another key", { cnf: { jkt: thumbprint(ISSUER.did) } }, "passport.key_mismatch"],
    ["of a DID without a key", { sub: "did:web:plant.example" }, "passport.key_mismatch"],
    [
      "that names a key beside that of the DID",
      { cnf: { jkt: thumbprint(DEVICE), kid: ISSUER.did } },
      "passport.key_mismatch",
    ],
    [
      "of a DID without a key, with a key that is not of its thumbprint",
      { sub: "did:web:plant.example", cnf: { jkt: thumbprint(ISSUER.did), kid: signer().did } },
      "passport.key_mismatch",
    ],
    [
      "of a DID without a key, with one that is none",
      { sub: "did:web:plant.example", cnf: { jkt: thumbprint(ISSUER.did), kid: "did:key:zNone" } },
      "passport.key_mismatch",
    ],
    ["that lives too long", { exp: NOW + 10 * 86_400 }, "passport.lifetime_refused"],
    ["that ends before it begins", { exp: NOW - 700 }, "passport.lifetime_refused"],
    ["with a reputation above 100", { reputation: 101 }, "passport.malformed"],
    ["with a serial of another size", { jti: "AAAA" }, "passport.malformed"],
    ["with too many audiences", { audiences: new Array(9).fill("a") }, "passport.malformed"],
    ["with a zone that is none", { zone: "" }, "passport.malformed"],
  ])("%s is refused", async (_, changes, reason) => {
    expect(await reasonOf(encode(claimsFor(DEVICE, changes)))).toBe(reason)
  })

  it("signed by another key in the signer's name is refused", async () => {
    expect(await reasonOf(encode(claimsFor(DEVICE), signer()))).toBe("passport.signature_invalid")
  })

  it("changed in any byte is refused", async () => {
    const bytes = encode(claimsFor(DEVICE))
    for (let i = 0; i < bytes.length; i += 7) {
      const changed = Uint8Array.from(bytes)
      changed[i]! ^= 1
      expect(await reasonOf(changed), `byte ${i} of the ${form}`).not.toBeNull()
    }
  })

  it("cut short is refused", async () => {
    const bytes = encode(claimsFor(DEVICE))
    for (const size of [0, 1, 2, 40, bytes.length - 1]) expect(await reasonOf(bytes.subarray(0, size))).not.toBeNull()
  })
})

it("is at most 600 bytes as CWT, for the longest names that are usual", async () => {
  const claims = claimsFor(signer("ES256", "jwk").did, {
    iss: ISSUER.did,
    aud: "https://plant-with-a-long-name.example.com/",
    zone: "a-zone-with-a-name-of-32-letters",
    class: "a class with a name of 32 letter",
    audiences: ["https://plant-with-a-long-name.example.com/*"],
    log: { epoch: 99, partition: 63, size: 4_000_000_000, root: toBase64(new Uint8Array(32).fill(1)) },
  })
  const bytes = passportCwt(claims)
  expect(bytes.length).toBeLessThanOrEqual(MAX_CWT_BYTES)
  const slice = { ...SLICE, trustDomain: claims.aud }
  expect(await openPassport(bytes, slice)).toMatchObject({ m2m: { zone: claims.m2m.zone } })
})

describe("what is no passport", () => {
  const claims = claimsFor(DEVICE)
  const kid = `${ISSUER.did}#${ISSUER.did.slice(8)}`
  const header = { alg: "Ed25519", kid, typ: "m2m-passport+jwt" }
  it.each<readonly [string, Uint8Array, string]>([
    ["a message", jws({ ...header, typ: "m2m-message+jwt" }, claims, ISSUER), "passport.malformed"],
    ["alg none", jws({ ...header, alg: "none" }, claims, ISSUER), "passport.signature_invalid"],
    ["an HMAC", jws({ ...header, alg: "HS256" }, claims, ISSUER), "passport.signature_invalid"],
    ["the other curve's alg", jws({ ...header, alg: "ES256" }, claims, ISSUER), "passport.signature_invalid"],
    ["a header with a key", jws({ ...header, jwk: {} }, claims, ISSUER), "passport.malformed"],
    ["another kid", jws({ ...header, kid: `${DEVICE}#0` }, claims, ISSUER), "passport.signature_invalid"],
    ["a member more", jws(header, { ...claims, admin: true }, ISSUER), "passport.malformed"],
    ["a confirmation more", jws(header, { ...claims, cnf: { ...claims.cnf, kid: "x" } }, ISSUER), "passport.malformed"],
    [
      "a member twice",
      jws(header, JSON.stringify(claims).replace("{", '{"iss":"did:key:z",'), ISSUER),
      "passport.malformed",
    ],
    ["an EAR status that is none", jws(header, { ...claims, "ear.status": "toString" }, ISSUER), "passport.malformed"],
    ["four parts", Buffer.concat([passportJwt(claims), Buffer.from(".")]), "passport.malformed"],
    ["too many bytes", Buffer.alloc(5_000, "a"), "passport.malformed"],
    ["a CWT of another type", sign1("m2m-revocations+cwt", encodeCbor(toCwt(claims)), ISSUER), "passport.malformed"],
    [
      "a CWT with a claim more",
      sign1("m2m-passport+cwt", encodeCbor(new Map([...toCwt(claims), [99, 1]])), ISSUER),
      "passport.malformed",
    ],
    [
      "a CWT that names its key by a text",
      sign1(
        "m2m-passport+cwt",
        encodeCbor(
          new Map([
            ...toCwt(claims),
            [8, new Map<number, Cbor>([[3, ISSUER.did], ...(toCwt(claims).get(8) as ReadonlyMap<number, Cbor>)])],
          ]),
        ),
        ISSUER,
      ),
      "passport.malformed",
    ],
    [
      "a CWT without a claim",
      sign1("m2m-passport+cwt", encodeCbor(new Map([...toCwt(claims)].slice(1))), ISSUER),
      "passport.malformed",
    ],
    ["a CWT over no map", sign1("m2m-passport+cwt", encodeCbor([1]), ISSUER), "passport.malformed"],
    ["a CWT without its tag", passportCwt(claims).subarray(1), "passport.malformed"],
  ])("%s", async (_, bytes, reason) => {
    expect(await reasonOf(bytes)).toBe(reason)
  })

  it("a CWT with an unprotected header, or with one that chooses a key", async () => {
    const bytes = passportCwt(claims)
    const odd = Buffer.from(bytes)
    // The empty map behind the protected header.
    const at = odd.indexOf(0xa0)
    const changed = Buffer.concat([odd.subarray(0, at), Buffer.from("a1044101", "hex"), odd.subarray(at + 1)])
    expect(await reasonOf(changed)).toBe("passport.malformed")
  })
})

it("the deployment is that of the slice, so a passport of one is none in another with the same signer", async () => {
  const slice = await openedSlice({ trustDomain: "https://other.example/" })
  expect(await reasonOf(passportCwt(claimsFor(DEVICE)), slice)).toBe("passport.audience_refused")
  expect(DOMAIN).not.toBe(slice.trustDomain)
})
