import { readShape } from "@assay/jose/shape"
import { describe, expect, it } from "vitest"
import { digestOfSet, type FirmwareRelease, firmwareShape, placeOf, referencesShape } from "../../src/index.ts"

const A = "aa".repeat(32)
const B = "bb".repeat(32)
const one: FirmwareRelease = { version: "1.0", svn: 1, digest: A, status: "good", components: [] }
const components = [
  { name: "main", digest: A },
  { name: "modem", digest: B },
]
const set: FirmwareRelease = { ...one, version: "2.0", digest: digestOfSet(components), components }
const rollout = { wave: "canary", version: "1.0", from: 1, by: 9, zones: [], percent: 10 }

const faultsOf = (firmware: unknown): ReadonlyArray<string> => {
  const read = readShape(firmwareShape, firmware as never)
  return "value" in read ? [] : read.map(({ path, message }) => `${path.join(".")} ${message}`)
}

describe("the firmware of a class", () => {
  it("is read where each release is listed once, and each set bears its own digest", () => {
    expect(faultsOf({ releases: [one, set], minimumSvn: 0, rollouts: [rollout] })).toEqual([])
  })

  it.each([
    ["no release", { releases: [], minimumSvn: 0, rollouts: [] }, "releases must have 1 to 1024 items"],
    [
      "a digest twice",
      { releases: [one, { ...one, version: "1.1" }], minimumSvn: 0, rollouts: [] },
      "releases.1.digest is listed again",
    ],
    [
      "a set under another digest",
      { releases: [{ ...set, digest: A }], minimumSvn: 0, rollouts: [] },
      `releases.0.digest must be that of its components: ${set.digest}`,
    ],
    [
      "a component twice",
      { releases: [{ ...set, components: [components[0], components[0]] }], minimumSvn: 0, rollouts: [] },
      "releases.0.components.1.name names the same component again",
    ],
    [
      "a rollout of what is not listed",
      { releases: [one], minimumSvn: 0, rollouts: [{ ...rollout, version: "9" }] },
      "rollouts.0.version is no listed release",
    ],
    [
      "a rollout of what is revoked",
      { releases: [{ ...one, status: "revoked" }], minimumSvn: 0, rollouts: [rollout] },
      "rollouts.0.version is a revoked release: no device is to run it",
    ],
    [
      "a rollout that ends before it begins",
      { releases: [one], minimumSvn: 0, rollouts: [{ ...rollout, by: 1 }] },
      "rollouts.0.by must be later than from",
    ],
  ])("is refused with %s", (_what, firmware, fault) => {
    expect(faultsOf(firmware)).toContain(fault)
  })

  it("has one digest for a set, in whatever order its components come", () => {
    expect(digestOfSet(components.toReversed())).toBe(digestOfSet(components))
    expect(digestOfSet(components)).not.toBe(digestOfSet(components.slice(1)))
  })

  it("puts each device at one place, about evenly", () => {
    const places = Array.from({ length: 1_000 }, (_, n) => placeOf(`did:key:z${n}`))
    expect(places.filter((place) => place < 10).length).toBeGreaterThan(60)
    expect(places.filter((place) => place < 10).length).toBeLessThan(140)
    expect(Math.max(...places)).toBeLessThan(100)
  })
})

describe("reference values", () => {
  const firmware = { releases: [one], minimumSvn: 0, rollouts: [] }
  const bare = {
    version: 1,
    issued: 1,
    expires: 2,
    vendor: "acme",
    class: "pump",
    formats: [],
    measurements: "none",
    pcrs: [],
    events: [],
    tpmFirmware: [],
    components: [],
  }
  const faults = (value: object): ReadonlyArray<string> => {
    const read = readShape(referencesShape, value as never)
    return "value" in read ? [] : read.map(({ path, message }) => `${path.join(".")} ${message}`)
  }

  it("may be of firmware alone", () => {
    expect(faults({ ...bare, firmware })).toEqual([])
  })

  it("say something", () => {
    expect(faults(bare)).toEqual(["formats must name a format where there is no firmware"])
  })

  it("name a format where they list measurements", () => {
    const value = { digest: A, name: "loader", status: "good" }
    expect(faults({ ...bare, firmware, measurements: "listed", components: [value] })).toEqual([
      "formats must name the formats in which the measurements are shown",
    ])
  })
})
