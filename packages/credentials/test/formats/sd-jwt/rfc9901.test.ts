/** RFC 9901: the examples of sections 4.2 and 5, and what section 7.1 refuses. */
import { createHash } from "node:crypto"
import { resolveDeviceKey } from "@assay/did"
import { type JsonObject, parseStrictObject } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { disclose, hasDigests } from "../../../src/formats/sd-jwt/disclose.ts"
import { readKeyBinding, whyNotHolders } from "../../../src/formats/sd-jwt/key-binding.ts"
import { hide } from "../../../src/formats/sd-jwt/make.ts"

/** Section 5.2: given_name, family_name, address and one of the nationalities are disclosed, and the holder signed a key binding. */
const JWT = `
eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImV4YW1wbGUrc2Qtand0In0.eyJfc2QiOiBb
IkNyUWU3UzVrcUJBSHQtbk1ZWGdjNmJkdDJTSDVhVFkxc1VfTS1QZ2tqUEkiLCAiSnpZ
akg0c3ZsaUgwUjNQeUVNZmVadTZKdDY5dTVxZWhabzdGN0VQWWxTRSIsICJQb3JGYnBL
dVZ1Nnh5bUphZ3ZrRnNGWEFiUm9jMkpHbEFVQTJCQTRvN2NJIiwgIlRHZjRvTGJnd2Q1
SlFhSHlLVlFaVTlVZEdFMHc1cnREc3JaemZVYW9tTG8iLCAiWFFfM2tQS3QxWHlYN0tB
TmtxVlI2eVoyVmE1TnJQSXZQWWJ5TXZSS0JNTSIsICJYekZyendzY002R242Q0pEYzZ2
Vks4QmtNbmZHOHZPU0tmcFBJWmRBZmRFIiwgImdiT3NJNEVkcTJ4Mkt3LXc1d1BFemFr
b2I5aFYxY1JEMEFUTjNvUUw5Sk0iLCAianN1OXlWdWx3UVFsaEZsTV8zSmx6TWFTRnpn
bGhRRzBEcGZheVF3TFVLNCJdLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV4YW1wbGUu
Y29tIiwgImlhdCI6IDE2ODMwMDAwMDAsICJleHAiOiAxODgzMDAwMDAwLCAic3ViIjog
InVzZXJfNDIiLCAibmF0aW9uYWxpdGllcyI6IFt7Ii4uLiI6ICJwRm5kamtaX1ZDem15
VGE2VWpsWm8zZGgta284YUlLUWM5RGxHemhhVllvIn0sIHsiLi4uIjogIjdDZjZKa1B1
ZHJ5M2xjYndIZ2VaOGtoQXYxVTFPU2xlclAwVmtCSnJXWjAifV0sICJfc2RfYWxnIjog
InNoYS0yNTYiLCAiY25mIjogeyJqd2siOiB7Imt0eSI6ICJFQyIsICJjcnYiOiAiUC0y
NTYiLCAieCI6ICJUQ0FFUjE5WnZ1M09IRjRqNFc0dmZTVm9ISVAxSUxpbERsczd2Q2VH
ZW1jIiwgInkiOiAiWnhqaVdXYlpNUUdIVldLVlE0aGJTSWlyc1ZmdWVjQ0U2dDRqVDlG
MkhaUSJ9fX0.7bdoxAr8-XS8J6Q49cqqRgJWmJ73GKFmMXWUA2foiSCdhGIK_NA9q0qm
UF2rolTFKy5CkxIweEYJX4IcDS2nNw`.replaceAll("\n", "")
const SHOWN = [
  "WyJlbHVWNU9nM2dTTklJOEVZbnN4QV9BIiwgImZhbWlseV9uYW1lIiwgIkRvZSJd",
  "WyJBSngtMDk1VlBycFR0TjRRTU9xUk9BIiwgImFkZHJlc3MiLCB7InN0cmVldF9hZGRyZXNzIjogIjEyMyBNYWluIFN0IiwgImxvY2FsaXR5IjogIkFueXRvd24iLCAicmVnaW9uIjogIkFueXN0YXRlIiwgImNvdW50cnkiOiAiVVMifV0",
  "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd",
  "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIlVTIl0",
]
const KB = `
eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImtiK2p3dCJ9.eyJub25jZSI6ICIxMjM0NTY
3ODkwIiwgImF1ZCI6ICJodHRwczovL3ZlcmlmaWVyLmV4YW1wbGUub3JnIiwgImlhdCI
6IDE3MzY3NjcwOTEsICJzZF9oYXNoIjogImxsOWxqWEhQZ0tBQmhWVHFtbnFZcFFVZi1
URExGQVg0SnBkQlhNVkdmSjQifQ.V-q5WUzCuWVKISG4cUeMQfkt1zr_tviaG8ERMnArP
8tHG7feYaZB_t5oBWzVYNgbijw4JId-Pajc12NHldzRbA`.replaceAll("\n", "")

const PAYLOAD = ((): JsonObject => {
  const parsed = parseStrictObject(Buffer.from(JWT.split(".")[1]!, "base64url"))
  if ("reason" in parsed) throw new Error(parsed.detail)
  return parsed.value
})()
const JWK = (PAYLOAD["cnf"] as { readonly jwk: JsonObject }).jwk
const PRESENTED = `${[JWT, ...SHOWN].join("~")}~`

describe("RFC 9901, section 4.2: disclosures", () => {
  const digest = (disclosure: string): string => createHash("sha256").update(disclosure).digest("base64url")

  it("4.2.3: the hash is over the base64url text", () => {
    const disclosure = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    expect(digest(disclosure)).toBe("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0")
    const payload = { given_name: "Alice", _sd: ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"] }
    expect(disclose(payload, [disclosure])).toMatchObject({ payload: { given_name: "Alice", family_name: "Möbius" } })
  })

  it.each([
    ["another way to write the umlaut", "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd"],
    ["no white space", "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd"],
    ["line feeds", "WwoiXzI2YmM0TFQtYWM2cTJLSTZjQlc1ZXMiLAoiZmFtaWx5X25hbWUiLAoiTcO2Yml1cyIKXQ"],
  ])("4.2.1: %s is the same claim", (_, disclosure) => {
    expect(disclose({ _sd: [digest(disclosure)] }, [disclosure])).toMatchObject({ payload: { family_name: "Möbius" } })
  })

  it("4.2.4.2: an element of an array, and one that is not disclosed", () => {
    const payload = { nationalities: ["DE", { "...": "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs" }] }
    expect(disclose(payload, ["WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"])).toMatchObject({
      payload: { nationalities: ["DE", "FR"] },
    })
    expect(disclose(payload, [])).toMatchObject({ payload: { nationalities: ["DE"] } })
  })
})

describe("RFC 9901, section 5", () => {
  it("5.2: comes to the payload that the RFC has", () => {
    expect(disclose(PAYLOAD, SHOWN)).toEqual({
      names: new Set(["family_name", "address", "given_name"]),
      payload: {
        iss: "https://issuer.example.com",
        iat: 1683000000,
        exp: 1883000000,
        sub: "user_42",
        nationalities: ["US"],
        cnf: { jwk: JWK },
        family_name: "Doe",
        address: { street_address: "123 Main St", locality: "Anytown", region: "Anystate", country: "US" },
        given_name: "John",
      },
    })
  })

  it("5.2: the key binding is over what is presented, and signed by the holder", () => {
    const key = resolveDeviceKey(`did:jwk:${Buffer.from(JSON.stringify(JWK)).toString("base64url")}`)
    if ("reason" in key) throw new Error(key.detail)
    const binding = readKeyBinding(KB, PRESENTED, key)
    if ("detail" in binding) throw new Error(binding.detail)
    expect(binding).toMatchObject({
      aud: "https://verifier.example.org",
      nonce: "1234567890",
      issued: 1_736_767_091_000,
      hash: "ll9ljXHPgKABhVTqmnqYpQUf-TDLFAX4JpdBXMVGfJ4",
    })
    expect(whyNotHolders(binding, "did:example:holder")).toBeNull()
    const other = resolveDeviceKey("did:key:zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP")
    expect(whyNotHolders({ ...binding, key: other as never }, "did:example:holder")).toContain("does not verify")
    const fewer = `${[JWT, ...SHOWN.slice(1)].join("~")}~`
    expect(readKeyBinding(KB, fewer, key)).toHaveProperty("detail", expect.stringContaining("sd_hash is not that"))
  })
})

const member = hide("name", "Doe", Buffer.alloc(16, 1))
const element = ((): { digest: string; disclosure: string } => {
  const disclosure = Buffer.from(JSON.stringify(["salt", 7])).toString("base64url")
  return { disclosure, digest: createHash("sha256").update(disclosure).digest("base64url") }
})()
const named = (name: string) => hide(name, 1, Buffer.alloc(16, 2))

describe("RFC 9901, section 7.1: what is rejected", () => {
  it.each<[string, JsonObject, ReadonlyArray<string>, string]>([
    ["a disclosure of no digest", {}, [member.disclosure], "belongs to no digest"],
    ["a disclosure twice", { _sd: [member.digest] }, [member.disclosure, member.disclosure], "stands there twice"],
    ["a digest twice", { _sd: [member.digest, member.digest] }, [member.disclosure], "a digest stands there twice"],
    ["a digest twice, disclosed or not", { a: { _sd: ["x"] }, b: [{ "...": "x" }] }, [], "a digest stands there twice"],
    [
      "a claim that is there already",
      { name: 1, _sd: [member.digest] },
      [member.disclosure],
      '"name" stands there twice',
    ],
    ["the name _sd", { _sd: [named("_sd").digest] }, [named("_sd").disclosure], "is named _sd"],
    ["the name ...", { _sd: [named("...").digest] }, [named("...").disclosure], "is named ..."],
    ["an element for a member", { _sd: [element.digest] }, [element.disclosure], "has no name"],
    ["a member for an element", { a: [{ "...": member.digest }] }, [member.disclosure], "has a name"],
    ["another hash", { _sd_alg: "sha-512" }, [], "_sd_alg must be sha-256"],
    ["digests that are no array", { _sd: "x" }, [], "_sd is no array"],
    ["a digest that is no text", { _sd: [1] }, [], "a digest is no text"],
    ["a disclosure that is no JSON", { _sd: ["x"] }, ["AAAA"], "is no array of JSON"],
    ["a disclosure of four", { _sd: ["x"] }, [Buffer.from("[1,2,3,4]").toString("base64url")], "must be [salt"],
    ["a disclosure in other base64", { _sd: ["x"] }, [`${member.disclosure}=`], "is no array of JSON"],
  ])("%s", (_, payload, disclosures, detail) => {
    expect(disclose(payload, disclosures)).toEqual({ detail: expect.stringContaining(detail) })
  })

  it("goes no deeper than strict JSON does", () => {
    let inner = named("end")
    const disclosures = [inner.disclosure]
    for (let depth = 0; depth < 40; depth++) {
      inner = hide("a", { _sd: [inner.digest] }, Buffer.alloc(16, depth))
      disclosures.push(inner.disclosure)
    }
    expect(disclose({ _sd: [inner.digest] }, disclosures)).toEqual({ detail: "deeper than 32" })
    expect(
      disclose(
        { _sd: [] },
        Array.from({ length: 129 }, () => "x"),
      ),
    ).toEqual({
      detail: "it has more than 128 disclosures",
    })
  })

  it("finds digests wherever they are", () => {
    expect([{ a: [{ b: { _sd: [] } }] }, [{ "...": "x" }], { a: 1 }, null].map((one) => hasDigests(one))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
