/** RFC 8428 section 4.3, `vd`: from the signed bytes, beside the readings that the same pack gives. */
import { generateKeyPairSync } from "node:crypto"
import { type Json, signClaims } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { readDataValues } from "../../src/claims/data-values.ts"
import { readPack } from "../../src/claims/senml.ts"

const { privateKey } = generateKeyPairSync("ed25519")
const NOW = 1_760_000_000

const signed = (senml: Json, typ = "m2m-message+jwt"): Uint8Array =>
  signClaims({ iss: "did:key:x", senml }, privateKey, { kid: "did:key:x#x", typ })

const base64url = (text: string): string => Buffer.from(text).toString("base64url")

describe("the data values of a message", () => {
  it("stand at the places of their readings, and nowhere else", () => {
    const pack = [
      { bn: "urn:dev:x:", bt: NOW },
      { n: "a", v: 1 },
      { n: "frame", vd: base64url("\u0000\u00ff frame") },
      { n: "no name for this..", v: 1 },
      { n: "sum", s: 4 },
      { n: "b", vd: "" },
    ]
    const read = readPack(pack, NOW)
    const data = readDataValues(signed(pack), NOW)
    expect(typeof read === "string" ? read : read.readings.map(({ name }) => name.slice("urn:dev:x:".length))).toEqual([
      "a",
      "frame",
      "sum",
      "b",
    ])
    expect(data.map((bytes) => (bytes === null ? null : Buffer.from(bytes).toString("utf8")))).toEqual([
      null,
      "\u0000\u00ff frame",
      null,
      "",
    ])
  })

  it("end where the readings of a broken pack do", () => {
    const pack = [{ n: "a", vd: base64url("x") }, { bn: 7 }, { n: "b", vd: base64url("y") }]
    expect(readDataValues(signed(pack), NOW)).toHaveLength(1)
  })

  it.each([
    ["no token", Buffer.from("junk")],
    ["no pack", signed("senml")],
    ["a token of another kind", signed([{ n: "a", vd: "AA" }], "jwt")],
  ])("are none of %s", (_, bytes) => expect(readDataValues(bytes, NOW)).toEqual([]))
})
