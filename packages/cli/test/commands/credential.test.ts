/** `assay credential`: what an issuer does, from its register to the files that a web server serves. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readSignedList, verifyCredential } from "@assay/credentials"
import { lockDir } from "@assay/log/embedded"
import { assay } from "@assay/testkit/cli"
import type { StatusList } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let cwd = ""
const dids: Record<string, string> = {}
const NAMES = ["issuer", "one", "two", "three"]
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-credential-"))
  for (const name of NAMES) {
    const { out } = await assay(["keygen", "--out", `${name}.json`, "--json"], { cwd })
    dids[name] = (JSON.parse(out) as { did: string }).did
  }
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const run = (...args: ReadonlyArray<string>) => assay(["credential", ...args], { cwd })
const json = async (...args: ReadonlyArray<string>): Promise<Record<string, unknown>> => {
  const { code, out, err } = await run(...args, "--json")
  if (code !== 0) throw new Error(`${code}: ${err}${out}`)
  return JSON.parse(out) as Record<string, unknown>
}

const TERMS = ["--vendor", "acme", "--class", "pump", "--measurements", "t*", "--audiences", "https://plant.example/*"]
const read = (path: string): string => readFileSync(join(cwd, path), "utf8").trim()
const credentialIn = (path: string) => {
  const found = verifyCredential(read(path))
  if ("reason" in found) throw new Error(found.detail)
  return found.credential
}
const listIn = (path: string): { readonly issued: number; readonly expires: number; readonly list: StatusList } => {
  const signed = readSignedList(readFileSync(join(cwd, path)))
  if ("detail" in signed) throw new Error(signed.detail)
  const list = signed.open()
  if ("detail" in list) throw new Error(list.detail)
  return { ...signed, list }
}
const bit = ({ bits }: StatusList, index: number): number => (bits[index >>> 3]! >>> (7 - (index & 7))) & 1
const pair = ({ bits }: StatusList, index: number): number => (bits[index >>> 2]! >>> ((index & 3) * 2)) & 3

describe("assay credential", () => {
  it("issues without a register, as it did before there were verbs", async () => {
    await json("--issuer", "issuer.json", "--device", dids["one"]!, ...TERMS, "--out", "plain.vc")
    expect(credentialIn("plain.vc")).toMatchObject({ subject: dids["one"], indices: [] })
  })

  it("issues with a place, revokes, suspends and lifts, and each list that it writes is newer", async () => {
    await json("init", "reg", "--at", "https://acme.example/status/1", "--entries", "1000")
    const with1 = ["--register", "reg", "--issuer", "issuer.json"]
    for (const name of ["one", "two"]) await json("issue", dids[name]!, ...with1, ...TERMS, "--out", `${name}.vc`)
    const [one, two] = [credentialIn("one.vc"), credentialIn("two.vc")]
    expect(one.terms.status).toEqual([
      { list: "https://acme.example/status/1/revocation", purpose: "revocation" },
      { list: "https://acme.example/status/1/suspension", purpose: "suspension" },
    ])
    expect(one.indices[0]).toBe(one.indices[1])
    expect(one.indices[0]).not.toBe(two.indices[0])
    expect(await json("publish", ...with1)).toMatchObject({ lists: [{ set: 0 }, { set: 0 }] })
    const first = listIn("reg/public/revocation")
    expect(await json("revoke", dids["one"]!, ...with1, "--reason", "stolen")).toMatchObject({ revoked: 1 })
    expect(await json("suspend", "--credential", "two.vc", ...with1)).toMatchObject({ suspended: 1 })
    const [revoked, suspended] = [listIn("reg/public/revocation"), listIn("reg/public/suspension")]
    expect(revoked.issued).toBeGreaterThan(first.issued)
    const bits = (list: StatusList) => [one, two].map(({ indices }) => bit(list, indices[0]!))
    expect([bits(revoked.list), bits(suspended.list)]).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(await json("resume", dids["two"]!, ...with1)).toMatchObject({ resumed: 1 })
    expect(bits(listIn("reg/public/suspension").list)).toEqual([0, 0])
    // A revocation is not lifted.
    expect(await run("resume", dids["one"]!, ...with1)).toMatchObject({
      code: 2,
      err: expect.stringContaining("a revocation stays"),
    })
    expect(await json("status", "--register", "reg")).toMatchObject({
      credentials: 2,
      valid: 1,
      revoked: 1,
      suspended: 0,
    })
    expect(await json("status", dids["one"]!, "--register", "reg")).toMatchObject([
      { status: "revoked", hash: one.hash },
    ])
    expect(readdirSync(join(cwd, "reg/public")).sort()).toEqual(["revocation", "suspension"])
  })

  it("renews what a device has, for another time and with another place, unless it was revoked", async () => {
    const with1 = ["--register", "reg", "--issuer", "issuer.json"]
    await json("renew", dids["two"]!, ...with1, "--days", "30", "--out", "two-again.vc")
    const [before, after] = [credentialIn("two.vc"), credentialIn("two-again.vc")]
    expect(after.terms.text).toBe(before.terms.text)
    expect(after.indices).not.toEqual(before.indices)
    expect(after.validUntil).toBeLessThan(before.validUntil)
    const refused = await run("renew", dids["one"]!, ...with1, "--out", "no.vc")
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("all its credentials are revoked") })
    await json("renew", "--expiring", "31", ...with1, "--out", "renewed", "--days", "300")
    expect(readdirSync(join(cwd, "renewed"))).toHaveLength(1)
    expect(await json("status", "--register", "reg", "--expiring", "31")).toHaveLength(1)
  })

  it.each(["statuslist+jwt", "statuslist+cwt"])("keeps one list of two bits as %s", async (format) => {
    const dir = `reg-${format.slice(-3)}`
    await json("init", dir, "--at", "https://acme.example/tsl/", "--entries", "100", "--format", format, "--lasts", "1")
    const with1 = ["--register", dir, "--issuer", "issuer.json"]
    await json("issue", "--device", dids["one"]!, ...with1, ...TERMS, "--out", "token.vc")
    const { terms, indices } = credentialIn("token.vc")
    expect(terms.status).toEqual([{ list: "https://acme.example/tsl/list", purpose: "token" }])
    await json("suspend", dids["one"]!, ...with1)
    const { list, issued, expires } = listIn(`${dir}/public/list`)
    expect([pair(list, indices[0]!), expires - issued]).toEqual([2, 3_600_000])
    await json("revoke", dids["one"]!, ...with1)
    expect(pair(listIn(`${dir}/public/list`).list, indices[0]!)).toBe(1)
  })

  it("works through a table, says what became of each, and goes on where it stopped", async () => {
    await json("init", "many", "--at", "https://acme.example/status/2", "--entries", "1000")
    writeFileSync(join(cwd, "devices.csv"), `device,hardware\n${dids["one"]},hw-1\n${dids["two"]},\n`)
    const bulk = ["--csv", "devices.csv", "--register", "many", "--issuer", "issuer.json"]
    const issued = ["issue", ...bulk, ...TERMS, "--out", "out", "--report", "report.csv"]
    expect(await json(...issued)).toMatchObject({ devices: 2, issued: 2, failed: 0 })
    expect(await json(...issued)).toMatchObject({ devices: 2, issued: 0, already: 2 })
    // A call that was stopped before it wrote a file leaves it to the next one.
    const [lost] = readdirSync(join(cwd, "out"))
    const before = read(`out/${lost}`)
    rmSync(join(cwd, `out/${lost}`))
    expect(await json(...issued)).toMatchObject({ already: 2 })
    expect(read(`out/${lost}`)).toBe(before)
    const tokens = readdirSync(join(cwd, "out")).map((file) => credentialIn(`out/${file}`))
    expect(tokens.map(({ hardwareId }) => hardwareId).sort()).toEqual(["hw-1", null])
    writeFileSync(join(cwd, "gone.csv"), `device\n${dids["one"]}\n${dids["three"]}\n`)
    const revoke = [
      "revoke",
      "--csv",
      "gone.csv",
      "--register",
      "many",
      "--issuer",
      "issuer.json",
      "--report",
      "gone-report.csv",
    ]
    const { code, out } = await run(...revoke, "--json")
    expect([code, JSON.parse(out)]).toMatchObject([
      1,
      { devices: 2, revoked: 1, failed: 1, lists: [{ set: 1 }, { set: 0 }] },
    ])
    expect(read("gone-report.csv")).toContain(`${dids["three"]},failed,`)
  })

  it("drops a line that a crash cut off, and refuses a register that is damaged or worked on", async () => {
    const log = join(cwd, "many/credentials.jsonl")
    const whole = readFileSync(log, "utf8")
    writeFileSync(log, `${whole}{"kind":"issued","ha`)
    expect(await json("status", "--register", "many")).toMatchObject({ credentials: 2 })
    expect(readFileSync(log, "utf8")).toBe(whole)
    writeFileSync(log, `{}\n${whole}`)
    expect(await run("status", "--register", "many")).toMatchObject({
      code: 2,
      err: expect.stringContaining("line 1 is none"),
    })
    writeFileSync(log, whole)
    const [terms, lines] = ["many/register.json", "many/credentials.jsonl"].map((file) => join(cwd, file)) as [
      string,
      string,
    ]
    renameSync(terms, `${terms}.away`)
    expect(await run("init", "many", "--at", "https://acme.example/status/2")).toMatchObject({ code: 2 })
    expect(readFileSync(log, "utf8")).toBe(whole)
    renameSync(`${terms}.away`, terms)
    renameSync(lines, `${lines}.away`)
    expect(await run("status", "--register", "many")).toMatchObject({
      code: 2,
      err: expect.stringContaining("there is no such file"),
    })
    renameSync(`${lines}.away`, lines)
    const unlock = lockDir(join(cwd, "many"))
    expect(await run("status", "--register", "many")).toMatchObject({
      code: 2,
      err: expect.stringContaining("another call"),
    })
    unlock()
  })

  it("has no more credentials than places", async () => {
    await json("init", "tiny", "--at", "https://acme.example/tsl", "--entries", "2", "--format", "statuslist+jwt")
    const rest = ["--register", "tiny", "--issuer", "issuer.json", ...TERMS, "--out", "x.vc"]
    for (const name of ["one", "two"]) await json("issue", dids[name]!, ...rest)
    expect(await run("issue", dids["three"]!, ...rest)).toMatchObject({
      code: 2,
      err: expect.stringContaining("all 2 places"),
    })
  })

  it.each([
    [[], /say what to do/],
    [["revok"], /did you mean revoke/i],
    [["init", "x", "--at", "http://acme.example/"], /https URL/],
    [["issue", "--csv", "devices.csv", "--issuer", "issuer.json", "--out", "o"], /--csv needs --register/],
    [["status", "--register", "nowhere"], /there is no register/],
    [["init", "many", "--at", "https://acme.example/"], /there is a register already/],
    [["issue", "--register", "many", "--issuer", "issuer.json", "--out", "o"], /name the device/],
  ])("says what is wrong with %j", async (args, words) => {
    const { code, err } = await run(...args)
    expect([code, err]).toEqual([2, expect.stringMatching(words)])
  })
})
