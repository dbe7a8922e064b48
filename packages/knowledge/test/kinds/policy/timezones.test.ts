import { generateKeyPairSync } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { dsseSign } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { POLICY } from "../../../src/kinds/policy/kind.ts"
import { POLICY_PAYLOAD_TYPE } from "../../../src/kinds/policy/open.ts"
import { openItem } from "../../../src/open.ts"

const pair = generateKeyPairSync("ed25519")
const root = { did: encodeDidKey(publicKeyOf(pair.publicKey)), key: pair.privateKey }

const text = (window: string, more = ""): string => `kind: assay/segmentation/v1
version: 2
issued: 2026-01-01
expires: 2027-01-01
zones:
  - { id: a, securityLevel: 1, audiences: ["https://p.example/a/*"] }
assignments:
  - { zone: a, vendor: acme }
conduits:
  - { id: daily, from: a, to: a, actions: [config], window: ${window}, owner: o, reason: r }
lateral: { zones: 3, window: 10m }${more}`

const open = (bytes: Uint8Array) =>
  openItem(POLICY, dsseSign(POLICY_PAYLOAD_TYPE, bytes, [root]), {
    roots: { roots: [root.did], threshold: 1 },
    bundle: null,
  })
const complete = (source: string): Uint8Array => POLICY.plain.complete!(Buffer.from(source))

describe("a policy whose windows name a time zone", () => {
  it("is signed with the instants of the zone, and opens with them", () => {
    const source = text("06:00-22:00 Europe/Berlin")
    const signed = complete(source)
    expect(Buffer.from(signed).toString().startsWith(source)).toBe(true)
    const opened = open(signed)
    if ("reasons" in opened) throw new Error(opened.detail)
    expect(opened.active.body.timezones?.["Europe/Berlin"]?.map(({ offset }) => offset)).toEqual([60, 120, 60])
    // A second signer signs the same bytes.
    expect(Buffer.compare(complete(Buffer.from(signed).toString()), signed)).toBe(0)
  })

  it("is refused where it was signed without them", () => {
    const opened = open(Buffer.from(text("06:00-22:00 Europe/Berlin")))
    expect(opened).toMatchObject({
      reasons: ["control.knowledge_malformed"],
      detail: expect.stringMatching(/Europe\/Berlin.*assay policy sign/),
    })
  })

  it("needs none of it where all is in UTC", () => {
    const plain = Buffer.from(text("06:00-22:00"))
    expect(POLICY.plain.complete!(plain)).toBe(plain)
  })

  it("is read by its author with the data of this Node, and a zone that there is not is named", () => {
    const read = (window: string) => POLICY.plain.read(Buffer.from(text(window)), { file: "plant.yaml" })
    expect(read("06:00-22:00 Europe/Berlin").body?.timezones).toHaveProperty(["Europe/Berlin"])
    expect(read("06:00-22:00 Europe/Atlantis")).toMatchObject({
      body: null,
      problems: [expect.stringMatching(/^plant.yaml: error: there is no time zone Europe\/Atlantis/)],
    })
  })

  it.each([
    [
      "a text that brings the instants of another zone",
      text("06:00-22:00 Europe/Berlin", "\ntimezones: { UTC: [{ from: 2026-01-01, offset: 0 }] }\n"),
    ],
    [
      "a text in braces",
      `{ ${text("06:00-22:00 Europe/Berlin")
        .split("\n")
        .filter((line) => !line.startsWith(" "))
        .join(", ")
        .replace("zones:,", 'zones: [{ id: a, securityLevel: 1, audiences: ["https://p.example/a/*"] }],')
        .replace("assignments:,", "assignments: [{ zone: a, vendor: acme }],")
        .replace(
          "conduits:,",
          "conduits: [{ id: daily, from: a, to: a, actions: [config], window: 06:00-22:00 Europe/Berlin, owner: o, reason: r }],",
        )} }`,
    ],
  ])("cannot be completed: %s", (_, source) => expect(() => complete(source)).toThrow(TypeError))
})
