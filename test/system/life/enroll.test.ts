/** The commands of a device's life against a node: vouchers, claims, a table of devices, names, suspension, and the list. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { publishKnowledge } from "@assay/engine"
import { openNode } from "@assay/node"
import { readRoots } from "@assay/node/roots"
import { assay } from "@assay/testkit/cli"
import { plainNode } from "@assay/testkit/plain-node"
import { afterAll, beforeAll, expect, it } from "vitest"

const STEP_MS = 120_000
const AUD = "https://plant.example/"
const GRANTS = ["--measurements", "urn:dev:acme:*", "--audiences", `${AUD}historian/main`]

let cwd = ""
let node: Awaited<ReturnType<typeof openNode>>
const dids: Record<string, string> = {}

const run = async (...args: ReadonlyArray<string>) => {
  const done = await assay([...args], { cwd, env: { ASSAY_URL: node.url!, ASSAY_DATA: join(cwd, "data") } })
  return { ...done, all: `${done.out}${done.err}` }
}
const key = (name: string): string => `plant/keys/${name}.json`
const owner = ["--keys", key("operator-1"), "--aud", AUD]

/** A device with its key, its voucher and its enrolment. */
const made = async (name: string): Promise<string> => {
  const did = (await run("keygen", "--out", `${name}.json`)).out.trim()
  const papers = [
    "--identity",
    did,
    "--vendor",
    "acme",
    "--class",
    "pump",
    "--serial",
    name,
    "--owner",
    dids["operator-1"]!,
  ]
  expect((await run("device", "voucher", "--key", key("issuer"), ...papers, "--out", `${name}.voucher`)).err).toBe("")
  const device = [
    "--voucher",
    `${name}.voucher`,
    "--identity",
    `${name}.json`,
    "--aud",
    AUD,
    "--out",
    `${name}.enrolment`,
  ]
  expect((await run("device", "enrolment", ...device)).err).toBe("")
  return did
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-life-"))
  const init = await assay(["init", "plant", "--json"], { cwd })
  Object.assign(dids, JSON.parse(init.out).keys)
  node = await openNode(SERVICES, {
    ...plainNode(join(cwd, "data"), readRoots(join(cwd, "plant/roots.json"), null)),
    partitions: 2,
  })
  for (const kind of ["bundle", "policy"])
    await publishKnowledge(node.log, kind, readFileSync(join(cwd, `plant/${kind}.dsse`)))
  await node.settled()
}, STEP_MS)
afterAll(async () => {
  await node.close()
  rmSync(cwd, { recursive: true, force: true })
})

it("one device: claimed, enrolled, active by its credential, suspended and resumed", { timeout: STEP_MS }, async () => {
  const did = await made("one")
  const papers = ["--voucher", "one.voucher", "--enrolment", "one.enrolment"]
  // By an operator whose device it is not.
  const foreign = await run("device", "claim", did, ...papers, "--keys", key("operator-2"), "--aud", AUD)
  expect([foreign.code, foreign.out]).toEqual([1, expect.stringContaining("control.voucher_refused")])
  expect(await run("device", "claim", did, ...papers, ...owner)).toMatchObject({ code: 0 })
  const enrolled = await run(
    "device",
    "enroll",
    did,
    "--issuer",
    key("issuer"),
    ...owner,
    ...GRANTS,
    "--vendor",
    "acme",
    "--class",
    "pump",
    "--out",
    "one.jwt",
  )
  expect(enrolled).toMatchObject({ code: 0 })
  expect((await run("device", "show", did)).out).toContain("life: attested; from here: admit, transfer, retire")

  const shown = await run("sign", "--key", "one.json", "--present", "one.jwt", "--aud", AUD)
  writeFileSync(join(cwd, "one.presentation"), shown.out)
  expect((await run("submit", "one.presentation")).code).toBe(0)
  await node.settled()
  expect((await run("device", "label", did, "--name", "pump one", "--labels", "site=north", ...owner)).code).toBe(0)

  expect(await run("device", "suspend", did, "--reason", "leaks", ...owner)).toMatchObject({ code: 0 })
  const show = (await run("device", did)).out
  expect(show).toContain("pump one (site=north)")
  expect(show).toContain("life: suspended; from here: resume, transfer, retire")
  expect(show).toMatch(/life: active -> suspended.*suspend by did:key:\S+: leaks/)
  const alone = await run("device", "resume", did, ...owner)
  expect([alone.code, alone.out]).toEqual([1, expect.stringContaining("control.threshold")])
  const both = `${key("operator-1")},${key("operator-2")}`
  expect((await run("device", "resume", did, "--keys", both, "--aud", AUD)).code).toBe(0)
  const again = await run("device", "resume", did, "--keys", both, "--aud", AUD)
  expect([again.code, again.out]).toEqual([1, expect.stringContaining("control.life_refused")])
})

it("a table of devices: each has its outcome, and the same call again goes on", { timeout: STEP_MS }, async () => {
  const [a, b] = [await made("a"), await made("b")]
  mkdirSync(join(cwd, "papers"))
  const rows = [
    "device,voucher,enrolment,name,labels",
    `${a},a.voucher,a.enrolment,"pump ""a""","line=1,site=north"`,
    `${b},a.voucher,b.enrolment,,`,
    `${b},missing.voucher,b.enrolment,,`,
  ]
  writeFileSync(join(cwd, "devices.csv"), `${rows.join("\r\n")}\r\n`)
  const call = [
    "device",
    "enroll",
    "--csv",
    "devices.csv",
    "--out",
    "credentials",
    "--report",
    "report.csv",
    "--issuer",
    key("issuer"),
    ...owner,
    ...GRANTS,
  ]
  const first = await run(...call)
  expect([first.code, first.out.trim()]).toEqual([
    1,
    "3 devices: 1 enrolled, 0 already, 2 failed; report.csv says which",
  ])
  const report = readFileSync(join(cwd, "report.csv"), "utf8").trim().split("\n")
  expect(report[0]).toBe("device,outcome,serial,credential,detail")
  expect(report[1]).toMatch(new RegExp(`^${a},enrolled,a,credentials/[0-9a-f]{32}\\.jwt,$`))
  expect(report[2]).toMatch(new RegExp(`^${b},failed,a,.*claim: control.voucher_refused$`))
  expect(report[3]).toContain("missing.voucher")

  writeFileSync(join(cwd, "devices.csv"), rows.slice(0, 2).concat(`${b},b.voucher,b.enrolment,,`).join("\n"))
  expect((await run(...call)).out.trim()).toBe("2 devices: 1 enrolled, 1 already, 0 failed; report.csv says which")
  expect(readdirSync(join(cwd, "credentials"))).toHaveLength(2)

  const listed = JSON.parse((await run("device", "list", "--json", "--life", "attested")).out)
  expect(listed.map((row: { device: string; name: string | null }) => [row.device, row.name])).toEqual([
    [a, 'pump "a"'],
    [b, null],
  ])
  expect((await run("device", "list")).out).toContain('pump "a" (line=1, site=north)')
})

it.each([
  ["device\ndid:key:z\n", "names no column voucher"],
  ["device,voucher,enrolment,colour\n", 'no column "colour"'],
  ["device,voucher,enrolment\npump,v,e\n", "line 2: device takes a DID"],
  ["device,voucher,enrolment\ndid:key:z,v\n", "line 2 has 2 cells"],
  ['device,voucher,enrolment\n"did', "a quoted cell does not end"],
])("a table like %j is refused before anything is sent", { timeout: STEP_MS }, async (text, says) => {
  writeFileSync(join(cwd, "wrong.csv"), text)
  const call = [
    "device",
    "enroll",
    "--csv",
    "wrong.csv",
    "--out",
    "none",
    "--report",
    "none.csv",
    "--issuer",
    key("issuer"),
    ...owner,
    ...GRANTS,
  ]
  expect(await run(...call)).toMatchObject({ code: 2, err: expect.stringContaining(says) })
})
