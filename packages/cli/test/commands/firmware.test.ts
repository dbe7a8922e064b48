/** What makers publish, by the command: the files that it writes are those that are signed and come into force. */
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const A = "aa".repeat(32)
const B = "bb".repeat(32)
let cwd = ""
const run = (...args: ReadonlyArray<string>) => assay(["firmware", ...args], { cwd })
const read = (file: string) => JSON.parse(readFileSync(join(cwd, file), "utf8"))
const write = (file: string, content: string | object): void =>
  writeFileSync(join(cwd, file), typeof content === "string" ? content : JSON.stringify(content))

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-firmware-"))
  write("one.sums", `${A}  main\n${B}  modem\n`)
  write("two.sums", `${B}  pump.bin\n`)
  const call = ["--vendor", "acme", "--class", "pump", "--version", "1.0", "--svn", "1", "--out", "references-1.json"]
  expect((await run("import", "--digests", "one.sums", ...call)).code).toBe(0)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe("import", () => {
  it("begins reference values, and adds to them", async () => {
    expect(read("references-1.json")).toMatchObject({
      version: 1,
      vendor: "acme",
      class: "pump",
      firmware: {
        releases: [{ version: "1.0", svn: 1, status: "good", components: [{ name: "main" }, { name: "modem" }] }],
      },
    })
    const more = ["--references", "references-1.json", "--version", "2.0", "--svn", "2", "--out", "references-2.json"]
    const { code, out } = await run("import", "--digests", "two.sums", ...more, "--json")
    expect([code, JSON.parse(out)]).toMatchObject([0, { version: 2, releases: 1, measured: 0 }])
    expect(read("references-2.json").firmware.releases.map(({ version }: { version: string }) => version)).toEqual([
      "1.0",
      "2.0",
    ])
    expect((await assay(["reference-values", "check", "references-2.json"], { cwd })).out).toContain("2 releases")
  })

  it.each([
    [["--digests", "one.sums", "--suit", "x"], "name one source"],
    [
      ["--digests", "one.sums", "--vendor", "acme", "--class", "pump", "--svn", "1"],
      "does not say the version of the release",
    ],
    [
      ["--digests", "one.sums", "--references", "references-1.json", "--class", "valve"],
      "is of class pump, and the call says valve",
    ],
    [
      ["--suit", "one.sums", "--vendor", "acme", "--class", "pump", "--key", "one.sums"],
      "one.sums is no public key in PEM",
    ],
    [["--suit", "one.sums", "--vendor", "acme", "--class", "pump", "--key", "key.pem"], "one.sums: firmware.malformed"],
    [
      ["--tuf", ".", "--vendor", "acme", "--class", "pump", "--state", "state.json"],
      "name the root that you trust with --trusted-root",
    ],
  ])("%j is refused", async (more, says) => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    write("key.pem", publicKey.export({ format: "pem", type: "spki" }) as string)
    const { code, err } = await run("import", ...more, "--out", "x.json")
    expect([code, err]).toEqual([2, expect.stringContaining(says)])
  })
})

describe("advisory", () => {
  it("is about the firmware that has the package in it, and can be taken back", async () => {
    write("osv.json", {
      id: "GHSA-1",
      summary: "a hole",
      published: "2026-01-01T00:00:00Z",
      affected: [
        {
          package: { ecosystem: "npm", name: "tls" },
          ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "2.0.0" }] }],
        },
      ],
    })
    write("sbom.json", {
      bomFormat: "CycloneDX",
      metadata: { component: { name: "main", hashes: [{ alg: "SHA-256", content: A }] } },
      components: [{ name: "tls", version: "1.0.0", purl: "pkg:npm/tls@1.0.0" }],
    })
    const call = [
      "--osv",
      "osv.json",
      "--sbom",
      "sbom.json",
      "--references",
      "references-1.json",
      "--out",
      "advisory.json",
    ]
    const { code, out } = await run("advisory", ...call, "--status", "revoked")
    expect([code, out]).toEqual([0, expect.stringContaining("pump 1.0: revoked, by pkg:npm/tls@1.0.0")])
    const digest = read("references-1.json").firmware.releases[0].digest
    expect(read("advisory.json")).toMatchObject({
      version: 1,
      id: "GHSA-1",
      vendor: "acme",
      since: Date.parse("2026-01-01T00:00:00Z"),
      affected: [{ class: "pump", digest, status: "revoked" }],
    })
    expect((await assay(["advisory", "check", "advisory.json"], { cwd })).code).toBe(0)
    write("vex.json", {
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "urn:vex",
      statements: [
        {
          vulnerability: { name: "GHSA-1" },
          status: "not_affected",
          products: [{ "@id": "x", hashes: { "sha-256": A } }],
        },
      ],
    })
    const later = ["--openvex", "vex.json", "--replaces", "advisory.json", "--status", "revoked"]
    expect((await run("advisory", ...call, ...later)).out).toContain("no listed firmware is affected")
    expect(read("advisory.json")).toMatchObject({ version: 2, affected: [] })
  })
})
