/** What an advisory quarantined by mistake is judged again once a later version has taken it back, and not before. */
import { type Active, type Advisory, itemKey, type Knowledge, knowledgeOf, type TrustBundle } from "@assay/trust"
import { expect, it } from "vitest"
import { standingOf } from "../../src/rejudge/standing.ts"
import { Harness } from "../harness.ts"

const DIGEST = "aa".repeat(32)
const CLAIM = { vendor: "acme", class: "pump", version: "1.0", svn: 1, digest: DIGEST }
const active = <Body>(body: Body, hash: string, expires = 2e12): Active<Body> => ({
  hash: hash.repeat(32),
  version: 1,
  expires,
  body,
})
const BUNDLE = {
  firmware: [{ ...CLAIM, status: "good" }],
  minimumSvn: {},
} as unknown as TrustBundle

const knowing = (advisory: string | null, affected: Advisory["affected"] = [], expires = 2e12): Knowledge => {
  const body = { vendor: "acme", id: "CVE-1", affected } as unknown as Advisory
  return knowledgeOf(
    new Map<string, Active<unknown>>([
      [itemKey("bundle", ""), active(BUNDLE, "b0", expires)],
      ...(advisory === null ? [] : [[itemKey("advisory", "acme/CVE-1"), active(body, advisory)] as const]),
    ]),
  )
}
const REVOKES: Advisory["affected"] = [{ class: "pump", digest: DIGEST, status: "revoked" }]

const message = (cites: ReadonlyArray<string>) => {
  const harness = new Harness()
  const said = harness.message("did:key:zA", { fw: CLAIM, integrity: ["integrity.firmware_revoked"] })
  const integrity = { ...said.verdicts.integrity!, knowledge: cites.map((hash) => hash.repeat(32)) }
  return { ...said, verdicts: { ...said.verdicts, integrity } }
}
const standing = (cites: ReadonlyArray<string>, knowledge: Knowledge) =>
  standingOf("integrity.firmware_revoked", message(cites), knowledge, 1_100_000_000_000)

it("a reason of the advisory holds for as long as it is in force", () => {
  expect(standing(["b0", "ad"], knowing("ad", REVOKES))).toBe("not superseded")
})

it("holds under a later version that says the same", () => {
  expect(standing(["b0", "ad"], knowing("ae", REVOKES))).toBe("holds")
})

it("has fallen where a later version names the firmware no more, or the item is in force no more", () => {
  expect(standing(["b0", "ad"], knowing("ae", []))).toBe("fallen")
  expect(standing(["b0", "ad"], knowing(null))).toBe("fallen")
})

it("has fallen under another bundle that lists the firmware as good", () => {
  expect(standing(["b9"], knowing(null))).toBe("fallen")
})

it("is not judged again once the bundle has expired", () => {
  expect(standing(["b9", "ad"], knowing("ae", [], 1))).toBe("not superseded")
})
