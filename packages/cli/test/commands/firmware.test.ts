/** What makers publish, by the command: the files that it writes are those that are signed and come into force. */
import { createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
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

describe("import of signed documents", () => {
  it("takes a SUIT manifest that the key signed (draft-ietf-suit-manifest, B.1), and no other's", async () => {
    const [x, y] = ["hJaBGq4LqqvSYVcYnuzaJr6qi_Ebbz_m4rVlnIXbwK0", "Ox8qS2wJgTHAo22s0deL04Hc37CcBS2zOZHbczi0qJY"]
    const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y } as JsonWebKey, format: "jwk" })
    write("maker.pem", key.export({ format: "pem", type: "spki" }) as string)
    const envelope =
      "d86ba2025873825824822f58206658ea560262696dd1f13b782239a064da7c6c5cbaf52fded428a6fc83c7e5af584ad28443a10126a0f6" +
      "584068113f1e76731330fea16136cead2be4fa8d4bb3e327e3f9232eb4f13b5d118f2ea6e31d9a09a240f6f5770776916e15a4ebca1b62" +
      "62cf6e40a44353bd8161d9035871a50101020003585fa202818141000458568614a40150fa6b4a53d5ad5fdfbe9de663e4d41ffe0250" +
      "1492af1425695e48bf429b2d51f2ab45035824822f582000112233445566778899aabbccddeeff0123456789abcdeffedcba987654321" +
      "00e1987d0010f020f074382030f0943821702"
    writeFileSync(join(cwd, "pump.suit"), Buffer.from(envelope, "hex"))
    const call = [
      "--vendor",
      "acme",
      "--class",
      "pump",
      "--version",
      "3.0",
      "--out",
      "suit.json",
      "--suit",
      "pump.suit",
    ]
    expect(await run("import", ...call, "--key", "maker.pem")).toMatchObject({ code: 0, err: "" })
    expect(read("suit.json").firmware.releases).toMatchObject([
      { version: "3.0", svn: 0, digest: "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210" },
    ])
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    write("other.pem", publicKey.export({ format: "pem", type: "spki" }) as string)
    expect((await run("import", ...call, "--key", "other.pem")).err).toContain("pump.suit: firmware.unsigned")
    const wrong = ["--class-id", "00000000-0000-0000-0000-000000000000"]
    expect((await run("import", ...call, "--key", "maker.pem", ...wrong)).err).toContain("firmware.other_model")
  })

  it("remembers what it saw of a TUF repository, and refuses to go back", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    const raw = (publicKey.export({ format: "der", type: "spki" }) as Buffer).subarray(-32).toString("hex")
    const signed = (file: string, body: object): void => {
      const text = canonical(body)
      write(
        `tuf/${file}`,
        `{"signed":${text},"signatures":[{"keyid":"k","sig":"${sign(null, Buffer.from(text), privateKey).toString("hex")}"}]}`,
      )
    }
    const of = (type: string, version: number) => ({
      _type: type,
      spec_version: "1.0.31",
      version,
      expires: "2099-01-01T00:00:00Z",
    })
    const state = (version: number): void => {
      const custom = { firmware: { vendor: "acme", class: "pump", version: `${version}.0`, svn: version } }
      signed("targets.json", {
        ...of("targets", version),
        targets: { "pump.bin": { length: 1, hashes: { sha256: A }, custom } },
      })
      signed("snapshot.json", { ...of("snapshot", version), meta: { "targets.json": { version } } })
      signed("timestamp.json", { ...of("timestamp", version), meta: { "snapshot.json": { version } } })
    }
    mkdirSync(join(cwd, "tuf"))
    const role = { keyids: ["k"], threshold: 1 }
    signed("1.root.json", {
      ...of("root", 1),
      keys: { k: { keytype: "ed25519", scheme: "ed25519", keyval: { public: raw } } },
      roles: { root: role, timestamp: role, snapshot: role, targets: role },
    })
    const call = ["--tuf", "tuf", "--state", "tuf.state", "--vendor", "acme", "--class", "pump", "--out", "tuf.json"]
    state(2)
    expect(await run("import", ...call, "--trusted-root", "tuf/1.root.json")).toMatchObject({ code: 0, err: "" })
    expect(read("tuf.json").firmware.releases).toMatchObject([{ version: "2.0", svn: 2, digest: A }])
    state(1)
    expect((await run("import", ...call)).err).toContain("firmware.tuf_rollback")
    state(3)
    expect((await run("import", ...call)).code).toBe(0)
  })
})

/** Members in order, without blanks: enough for what stands here. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`
}
