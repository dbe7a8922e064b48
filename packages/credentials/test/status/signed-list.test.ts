/** Status lists as issuers publish them, in each format: what is made is read, and what is odd is refused with its path. */
import { encodeCbor, signSign1 } from "@assay/cose"
import { algOf, signClaims } from "@assay/jose"
import { type Actor, actor, remoteOf } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import { encodeStatusList, MIN_ENTRIES, statusAt } from "../../src/status/list.ts"
import { type ListToSign, signStatusList } from "../../src/status/publish.ts"
import { LIST_FORMATS, readSignedList } from "../../src/status/signed-list.ts"
import { encodeTokenList } from "../../src/status/token-list.ts"

const [ed, es] = [actor(), actor("ES256")]
const ID = "https://acme.example/status/1"
const ISSUED = Date.UTC(2026, 5, 1)
const DAY = 86_400_000

const listOf = (over: Partial<ListToSign> = {}): ListToSign => ({
  format: "statuslist+jwt",
  id: ID,
  purpose: "token",
  issued: ISSUED,
  expires: ISSUED + DAY,
  ttlMs: 60_000,
  entries: 1_000,
  size: 2,
  values: [
    [3, 1],
    [4, 2],
  ],
  ...over,
})

const opened = (bytes: Uint8Array) => {
  const read = readSignedList(bytes)
  if ("detail" in read) throw new Error(read.detail)
  const list = read.open()
  if ("detail" in list) throw new Error(list.detail)
  return { ...read, list }
}

describe("a published status list", () => {
  it.each(LIST_FORMATS.flatMap((format) => [ed, es].map((issuer) => [format, algOf(issuer.key), issuer] as const)))(
    "is read as it was made: %s by %s",
    async (format, _, issuer) => {
      const isToken = format !== "vc+jwt"
      const made = listOf({ format, purpose: isToken ? "token" : "suspension" })
      const read = opened(await signStatusList(made, remoteOf(issuer)))
      expect(read).toMatchObject({
        format,
        issuer: issuer.did,
        id: ID,
        purposes: [isToken ? "token" : "suspension"],
        issued: ISSUED,
        expires: ISSUED + DAY,
        ttlMs: 60_000,
      })
      expect([2, 3, 4].map((index) => statusAt(read.list, index))).toEqual(isToken ? [0, 1, 2] : [0, 1, 1])
      expect(read.list.length).toBe(isToken ? 1_000 : MIN_ENTRIES)
    },
  )

  it("has a size that the standard wants, and one that is read", async () => {
    await expect(signStatusList(listOf({ values: [[1_000, 1]] }), remoteOf(ed))).rejects.toThrow(
      "lies outside the list",
    )
    await expect(signStatusList(listOf({ values: [[1, 4]] }), remoteOf(ed))).rejects.toThrow("does not fit into 2 bits")
    await expect(signStatusList(listOf({ entries: 2 ** 30 }), remoteOf(ed))).rejects.toThrow("at most")
    await expect(signStatusList(listOf({ id: "status/1" }), remoteOf(ed))).rejects.toThrow(
      "sub must be an absolute URI",
    )
  })

  it("counts no longer than 31 days, whatever it says of itself", async () => {
    const read = opened(await signStatusList(listOf({ expires: ISSUED + 400 * DAY }), remoteOf(ed)))
    expect(read.expires).toBe(ISSUED + 31 * DAY)
  })

  it("is not opened under another key, nor changed", async () => {
    const bytes = Buffer.from(await signStatusList(listOf(), remoteOf(ed)))
    const [header, payload, signature] = bytes.toString().split(".") as [string, string, string]
    const changed = Buffer.from(payload, "base64url")
      .toString()
      .replace(`"iat":${ISSUED / 1000}`, `"iat":${ISSUED / 1000 + 1}`)
    const read = readSignedList(Buffer.from(`${header}.${Buffer.from(changed).toString("base64url")}.${signature}`))
    if ("detail" in read) throw new Error(read.detail)
    expect(read.open()).toEqual({ isForged: true, detail: `it does not verify for ${ed.did}` })
  })
})

const lst = Buffer.from(encodeTokenList(1, 16, [[1, 1]])).toString("base64url")
const claims = { sub: ID, iat: ISSUED / 1000, status_list: { bits: 1, lst } }
const jwt = (over: object, { kid, key }: Actor = ed, typ = "statuslist+jwt"): Buffer =>
  signClaims({ ...claims, ...over }, key, { kid, typ })

const credential = {
  "@context": ["https://www.w3.org/ns/credentials/v2"],
  id: ID,
  type: ["VerifiableCredential", "BitstringStatusListCredential"],
  issuer: ed.did,
  validFrom: "2026-06-01T00:00:00Z",
  credentialSubject: {
    id: `${ID}#list`,
    type: "BitstringStatusList",
    statusPurpose: "revocation",
    encodedList: encodeStatusList(0, [7]),
  },
}
const vc = (over: object): Buffer => signClaims({ ...credential, ...over }, ed.key, { kid: ed.kid, typ: "vc+jwt" })
const subject = (over: object): Buffer => vc({ credentialSubject: { ...credential.credentialSubject, ...over } })

describe("what others publish", () => {
  it.each<[string, Buffer]>([
    ["further claims", jwt({ iss: ed.did, jti: "1", x: { y: 1 }, aggregation: null })],
    ["an aggregation", jwt({ status_list: { bits: 1, lst, aggregation_uri: "https://acme.example/all" } })],
    ["a fraction of a second", jwt({ iat: ISSUED / 1000 + 0.5, exp: ISSUED / 1000 + 60.25 })],
    ["a credential of several purposes", subject({ statusPurpose: ["revocation", "suspension"] })],
    ["claims that say the same again", vc({ iss: ed.did, jti: ID, sub: `${ID}#list`, iat: ISSUED / 1000 })],
    ["the URL in the subject alone", vc({ id: undefined })],
    ["an issuer as an object, and prose", vc({ issuer: { id: ed.did, name: "Acme" }, name: "a list" })],
  ])("is taken with %s", (_, bytes) => {
    expect(opened(bytes)).toMatchObject({ issuer: ed.did, id: ID })
  })

  it("takes a CWT whose kid stands unprotected, in any order of claims", () => {
    const payload = Buffer.concat([
      Buffer.of(0xa3),
      encodeCbor(65_533),
      encodeCbor(
        new Map<string, number | Uint8Array>([
          ["bits", 1],
          ["lst", encodeTokenList(1, 16, [[1, 1]])],
        ]),
      ),
      encodeCbor(6),
      encodeCbor(ISSUED / 1000),
      encodeCbor(2),
      encodeCbor(ID),
    ])
    const typ = "application/statuslist+cwt"
    const tidy = signSign1(payload, ed.key, { kid: Buffer.from(ed.kid), typ })
    expect(opened(tidy)).toMatchObject({ format: "statuslist+cwt", issuer: ed.did })
  })

  it.each<[string, Buffer, string]>([
    ["no subject", jwt({ sub: undefined }), "sub is missing"],
    ["no time", jwt({ iat: undefined }), "iat is missing"],
    ["a time that is text", jwt({ iat: "1" }), "iat must be a number"],
    ["an audience", jwt({ aud: "https://plant.example" }), "aud must not be there"],
    ["a ttl of nothing", jwt({ ttl: 0 }), "ttl must lie in"],
    ["three bits", jwt({ status_list: { bits: 3, lst } }), "status_list.bits must be 1, 2, 4 or 8"],
    ["no entries", jwt({ status_list: { bits: 1 } }), "status_list.lst must hold"],
    ["no list", jwt({ status_list: undefined }), "status_list.bits must be"],
    ["another issuer than its key", jwt({ iss: es.did }), "kid is not the key"],
    ["an issuer that is none", jwt({ iss: "acme" }), "its issuer must be a DID"],
    ["another type", jwt({}, ed, "JWT"), "typ is none of"],
    ["another purpose", subject({ statusPurpose: "message" }), "credentialSubject.statusPurpose must be one of"],
    ["entries of two bits", subject({ statusSize: 2 }), "credentialSubject.statusSize is not a known key"],
    ["no validFrom", vc({ validFrom: undefined }), "validFrom is missing"],
    [
      "no URL",
      vc({ id: undefined, credentialSubject: { ...credential.credentialSubject, id: undefined } }),
      "id is missing",
    ],
    ["another iss", vc({ iss: es.did }), "iss must be the same as issuer"],
    ["another jti", vc({ jti: `${ID}0` }), "jti must be the same as id"],
    ["another sub", vc({ sub: ID }), "sub must be the same as credentialSubject.id"],
    ["a vc claim", vc({ vc: {} }), "vc must not be there"],
    ["no token", Buffer.from("status"), "not three parts"],
    ["nothing", Buffer.alloc(0), "not three parts"],
    ["the tag of a CWT alone", Buffer.of(0xd2), "behind the tag"],
  ])("is refused with %s", (_, bytes, detail) => {
    expect(readSignedList(bytes)).toHaveProperty("detail", expect.stringContaining(detail))
  })

  it("can be read without the document of its issuer, and opened with it alone", () => {
    const did = "did:web:acme.example"
    const signed = jwt({ iss: did })
    const without = readSignedList(signed)
    if ("detail" in without) throw new Error(without.detail)
    expect([without.issuer, without.signer]).toEqual([did, undefined])
    expect(without.open()).toEqual({ isForged: true, detail: `no document of ${did} is in force` })
    // Its header names the key of another DID than the issuer's.
    const listing = { did, number: 0, deactivated: false, keys: [], attesters: [] }
    const documented = readSignedList(signed, () => ({ hash: "", version: 1, expires: 0, body: listing }))
    expect("open" in documented && documented.open()).toEqual({ isForged: true, detail: `kid is no key of ${did}` })
  })

  it.each([
    ["entries that do not inflate", jwt({ status_list: { bits: 1, lst: "AAAA" } })],
    ["a bitstring that is too short", subject({ encodedList: "uH4sIAAAAAAAAA2NgGAUAS8bA1wABAAA" })],
  ])("is not opened with %s", (_, bytes) => {
    const read = readSignedList(bytes)
    if ("detail" in read) throw new Error(read.detail)
    expect(read.open()).toMatchObject({ isForged: false })
  })
})
