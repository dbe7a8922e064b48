import { digestOfSet, type Firmware } from "@assay/attestation"
import { type Advisory, type FirmwareClaim, itemKey, type Knowledge } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { checkFirmware, type FirmwareParts, firmwareOf, flawedFirmware, NO_PARTS } from "../../src/firmware/index.ts"
import { DAY, digest, FIRMWARE, knowledgeWith, MAIN, MODEM, NEW_MODEM, NOW } from "./in-force.ts"

const claim = (version: string, svn: number, of: string): FirmwareClaim => ({
  vendor: "acme",
  class: "pump",
  version,
  svn,
  digest: of,
})
const ONE = claim("1.0", 1, FIRMWARE.releases[0]!.digest)

const found = (
  said: FirmwareClaim,
  knowledge: Knowledge = knowledgeWith(FIRMWARE),
  parts: FirmwareParts = NO_PARTS,
  { time = NOW, highest = -1, device = "did:key:z1" } = {},
) => {
  const known = firmwareOf(knowledge, said.vendor, said.class)!
  const { reasons, why } = checkFirmware(known, said, { knowledge, device, time, highest }, parts)
  return [reasons.map((code) => code.replace("integrity.", "")).join(), why] as const
}
const codes = (...given: Parameters<typeof found>): string => found(...given)[0]

describe("a claimed firmware against what its maker lists", () => {
  it.each([
    ["a release of several components", ONE, ""],
    ["of no such model", { ...ONE, class: "valve" }, "firmware_unreferenced"],
    [
      "a revoked release, below the lowest version",
      claim("0.9", 0, digest("e")),
      "firmware_rolled_back,firmware_revoked",
    ],
    ["a vulnerable release", claim("0.8", 1, digest("f")), "firmware_vulnerable"],
    ["a known version with another digest", claim("1.0", 1, digest("9")), "firmware_tampered"],
    ["an unknown version", claim("7", 1, digest("9")), "firmware_unknown"],
    ["a known digest under another version", claim("2.0", 2, ONE.digest), "firmware_lying"],
  ])("%s", (_what, said, expected) => {
    expect(codes(said)).toBe(expected)
  })

  it("counts what the roots list beside it, and the worse of both", () => {
    const revoked = { ...ONE, status: "revoked" as const }
    const added = { ...claim("3.0", 3, digest("7")), status: "good" as const }
    const knowledge = knowledgeWith(FIRMWARE, { ofRoots: [revoked, added], minimumSvn: { "acme/pump": 1 } })
    expect(codes(ONE, knowledge)).toBe("firmware_revoked")
    expect(codes(claim("3.0", 3, digest("7")), knowledge)).toBe("")
    expect(firmwareOf(knowledge, "acme", "pump")!.cited).toEqual(["b0".repeat(32), "f0".repeat(32)])
  })

  it("asks for the higher of both lowest security versions, and for the device's own", () => {
    expect(codes(ONE, knowledgeWith(FIRMWARE, { minimumSvn: { "acme/pump": 2 } }))).toBe("firmware_rolled_back")
    expect(codes(ONE, undefined, undefined, { highest: 2 })).toBe("firmware_rolled_back")
  })

  it("without reference values is what the roots list, and cites no more", () => {
    const knowledge = knowledgeWith(null, { ofRoots: [{ ...ONE, status: "good" }] })
    expect(codes(ONE, knowledge)).toBe("")
    expect(firmwareOf(knowledge, "acme", "pump")!.cited).toEqual(["b0".repeat(32)])
    expect(firmwareOf(knowledge, "acme", "valve")!.cited).toBe(firmwareOf(knowledge, "acme", "pipe")!.cited)
  })

  it("after its list has ended is good by nobody's word, and convicted by nobody's", () => {
    const over = knowledgeWith(FIRMWARE, { expires: NOW })
    expect(codes(ONE, over)).toBe("references_expired")
    expect(codes(claim("7", 1, digest("9")), over)).toBe("references_expired")
    expect(codes(claim("2.0", 2, ONE.digest), over)).toBe("references_expired")
    expect(codes(claim("0.9", 0, digest("e")), over)).toContain("firmware_revoked")
    expect(codes(ONE, knowledgeWith(FIRMWARE, { expires: NOW, ofRoots: [{ ...ONE, status: "good" }] }))).toBe("")
  })
})

describe("components", () => {
  const said = (...components: FirmwareParts["components"]) =>
    found(claim("1.0", 1, digestOfSet(components)), undefined, { components, spare: null })

  it("of different releases are a mixture, whatever version is claimed", () => {
    expect(said(MAIN, NEW_MODEM)).toEqual([
      "firmware_mixed",
      "each component is of a release, and no release has them together",
    ])
  })

  it("of no release are named", () => {
    expect(said(MAIN, { ...MODEM, digest: digest("0") })).toEqual(["firmware_tampered", "of no release: modem"])
  })

  it("under another's name are of no release", () => {
    expect(said(MAIN, { name: "modem", digest: MAIN.digest })[1]).toBe("of no release: modem")
  })
})

describe("the slot that does not run", () => {
  const spare = (version: string, svn: number, of: string) =>
    found(ONE, undefined, { components: [], spare: { version, svn, digest: of } })

  it("may hold another release", () => {
    expect(spare("2.0", 2, FIRMWARE.releases[1]!.digest)).toEqual(["", null])
  })

  it("is reported where it holds what is revoked, too old or not listed", () => {
    expect(spare("0.9", 0, digest("e"))).toEqual(["firmware_slot_unsafe", "the other slot holds 0.9, which is revoked"])
    expect(spare("5", 5, digest("5"))[1]).toBe("the other slot holds 5, of a digest that is not listed")
    const strict = knowledgeWith({ ...FIRMWARE, minimumSvn: 2 })
    const two = claim("2.0", 2, FIRMWARE.releases[1]!.digest)
    expect(found(two, strict, { components: [], spare: { version: "1.0", svn: 9, digest: ONE.digest } })[1]).toBe(
      "the other slot holds security version 1, below 2",
    )
  })
})

describe("a staged rollout", () => {
  const staged = (...rollouts: Firmware["rollouts"]): Knowledge => knowledgeWith({ ...FIRMWARE, rollouts })
  const all = { wave: "all", version: "1.0", from: NOW - 9 * DAY, by: null, zones: [], percent: 100 }
  const wave = { wave: "second", version: "2.0", from: NOW - DAY, by: NOW + DAY, zones: [], percent: 100 }
  const two = claim("2.0", 2, FIRMWARE.releases[1]!.digest)

  it("lets a device be late until its time is over", () => {
    expect(codes(ONE, staged(all, wave))).toBe("")
    expect(found(ONE, staged(all, { ...wave, by: NOW }))).toEqual(["firmware_behind", "the wave second runs 2.0"])
    expect(codes(two, staged(all, { ...wave, by: NOW }))).toBe("")
  })

  it("tells who runs what only others are to run yet", () => {
    expect(found(two, staged(all, { ...wave, from: NOW + 1 }))).toEqual(["firmware_ahead", "the wave all runs 1.0"])
  })

  it("takes the same devices in every wave", () => {
    const canary = { ...wave, wave: "canary", percent: 10, by: NOW }
    const devices = Array.from({ length: 400 }, (_, n) => `did:key:z${n}`)
    const behind = (percent: number) =>
      devices.filter((device) => codes(ONE, staged(all, { ...canary, percent }), undefined, { device }) !== "")
    const [first, second] = [behind(10), behind(50)]
    expect(first.length).toBeGreaterThan(15)
    expect(first.length).toBeLessThan(80)
    expect(second).toEqual(expect.arrayContaining(first))
  })

  it("by zones asks nothing of a device that has none", () => {
    expect(codes(ONE, staged(all, { ...wave, zones: ["field"], by: NOW }))).toBe("")
  })

  it("asks nothing once the list has ended", () => {
    const firmware = { ...FIRMWARE, rollouts: [all, { ...wave, by: NOW }] }
    expect(codes(ONE, knowledgeWith(firmware, { expires: NOW }))).toBe("references_expired")
  })
})

describe("advisories", () => {
  const advisory = (id: string, of: string, status: "vulnerable" | "revoked", expires = NOW + DAY) => {
    const body: Advisory = {
      version: 1,
      issued: NOW,
      expires,
      id,
      vendor: "acme",
      title: id,
      sources: [],
      since: NOW,
      affected: [{ class: "pump", digest: of, status }],
    }
    return [itemKey("advisory", `acme/${id}`), { hash: id.repeat(64).slice(0, 64), version: 1, expires, body }] as const
  }

  it("make worse what is listed, and nothing better", () => {
    const more = [advisory("a", ONE.digest, "vulnerable"), advisory("b", digest("e"), "vulnerable")]
    const knowledge = knowledgeWith(FIRMWARE, { more })
    expect(codes(ONE, knowledge)).toBe("firmware_vulnerable")
    expect(codes(claim("0.9", 0, digest("e")), knowledge)).toContain("firmware_revoked")
    expect(firmwareOf(knowledge, "acme", "pump")!.cited).toHaveLength(4)
    expect(flawedFirmware(knowledge).map(({ version, status }) => [version, status])).toEqual([
      ["1.0", "vulnerable"],
      ["0.9", "revoked"],
      ["0.8", "vulnerable"],
    ])
  })

  it("of two the worse counts, and its end takes nothing back", () => {
    const more = [advisory("a", ONE.digest, "revoked", NOW), advisory("b", ONE.digest, "vulnerable")]
    expect(codes(ONE, knowledgeWith(FIRMWARE, { more }))).toBe("firmware_revoked")
  })

  it("are about what the roots list too, and about nothing that nobody lists", () => {
    const more = [advisory("a", ONE.digest, "revoked"), advisory("b", digest("5"), "revoked")]
    const knowledge = knowledgeWith(null, { ofRoots: [{ ...ONE, status: "good" }], more })
    expect(codes(ONE, knowledge)).toBe("firmware_revoked")
    expect(flawedFirmware(knowledge)).toHaveLength(1)
  })
})
