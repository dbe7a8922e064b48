import { digestOfSet, type References } from "@assay/attestation"
import { describe, expect, it } from "vitest"
import { type Imported, importDigests, releaseOf, withImported } from "../src/index.ts"

const A = "aa".repeat(32)
const B = "bb".repeat(32)
const bare: References = {
  version: 4,
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
const lines = (...all: ReadonlyArray<string>): Imported => importDigests(Buffer.from(`${all.join("\n")}\n`))

describe("plain digests", () => {
  it("of one image are its digest", () => {
    const [release] = lines(`${A}  pump.bin`).releases
    expect(releaseOf(release!, { version: "1.0", svn: 3 })).toEqual({
      version: "1.0",
      svn: 3,
      digest: A,
      status: "good",
      components: [],
    })
  })

  it("of several are a set", () => {
    const [release] = lines(`${A}  main`, `${B} *modem`).releases
    const components = [
      { digest: A, name: "main" },
      { digest: B, name: "modem" },
    ]
    expect(releaseOf(release!, { version: "1.0", svn: 3 })).toMatchObject({
      digest: digestOfSet(components),
      components,
    })
  })

  it.each([
    ["what sha256sum did not write", "xyz  main", /line 1 is not a SHA-256/],
    ["a name twice", `${A}  main\n${B}  main`, /names main twice/],
    ["nothing", "", /1 to 16 images, and the list 0/],
  ])("refuse %s", (_what, text, message) => {
    expect(() => importDigests(Buffer.from(text))).toThrow(message)
  })

  it("need to be given version and security version, once", () => {
    const [release] = lines(`${A}  main`).releases
    expect(() => releaseOf(release!, { version: null, svn: 1 })).toThrow(/does not say the version/)
    expect(() => releaseOf({ ...release!, svn: 2 }, { version: "1", svn: 1 })).toThrow(/says the security version 2/)
  })
})

describe("the next version of reference values", () => {
  const terms = { version: "1.0", svn: 1 }

  it("has the release added", () => {
    const next = withImported(bare, lines(`${A}  main`), terms)
    expect(next).toMatchObject({ version: 5, firmware: { minimumSvn: 0, releases: [{ digest: A, status: "good" }] } })
  })

  it("keeps the status of what is listed", () => {
    const one = withImported(bare, lines(`${A}  main`), terms)
    const [release] = one.firmware!.releases
    const revoked = { ...one, firmware: { ...one.firmware!, releases: [{ ...release!, status: "revoked" as const }] } }
    expect(withImported(revoked, lines(`${A}  main`), terms).firmware!.releases).toEqual(revoked.firmware.releases)
  })

  it("lists what was measured once", () => {
    const imported: Imported = { releases: [], measured: [{ name: "loader", digest: A }], about: "" }
    const one = withImported({ ...bare, formats: ["psa"] }, imported, terms)
    expect(one).toMatchObject({ measurements: "listed", components: [{ digest: A, name: "loader", status: "good" }] })
    expect(withImported(one, imported, terms).components).toHaveLength(1)
    expect(one.firmware).toBeUndefined()
  })
})
