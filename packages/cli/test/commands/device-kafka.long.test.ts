/**
 * The commands of a device's life where the log is on Kafka: a node judges, and whoever calls has the role operator alone. Each word of
 * `assay device` that meets the log is called here; what it does on the embedded log is in test/system/life.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openRoleDeployment, type RoleDeployment } from "./role-deployment.ts"

const STEP_MS = 300_000
const AUD = "https://plant.example/"
const GRANTS = ["--measurements", "urn:dev:acme:*", "--audiences", `${AUD}historian/main`]

describeBroker("assay device on Kafka", () => {
  let deployment: RoleDeployment
  let owner: string

  beforeAll(async () => {
    deployment = await openRoleDeployment("operator")
    owner = (JSON.parse(readFileSync(file(key("operator-1")), "utf8")) as { did: string }).did
  }, STEP_MS)
  afterAll(() => deployment?.close(), STEP_MS)

  const file = (name: string): string => join(deployment.cwd, name)
  const key = (name: string): string => `plant/keys/${name}.json`
  const one = ["--keys", key("operator-1"), "--aud", AUD]
  const two = ["--keys", `${key("operator-1")},${key("operator-2")}`, "--aud", AUD]
  const run = (...args: ReadonlyArray<string>) => deployment.call(...args)
  const order = (...args: ReadonlyArray<string>) => run("device", ...args, "--url", deployment.url)
  const done = async (...args: ReadonlyArray<string>): Promise<string> => {
    const found = await run(...args)
    expect(found, `${args.join(" ")}: ${found.err}`).toMatchObject({ code: 0 })
    return found.out.trim()
  }
  const accepted = (...args: ReadonlyArray<string>) => done("device", ...args, "--url", deployment.url)
  const lifeOf = async (did: string) => {
    const { life, name, timeline } = JSON.parse(await done("device", "show", did, "--json"))
    return {
      life,
      name,
      moves: timeline.flatMap(({ what }: { what: string }) => /life: (.*?)(?:,|$)/.exec(what)?.[1] ?? []),
    }
  }
  /** A device with its key, its voucher and its enrolment. */
  const made = async (name: string): Promise<string> => {
    const did = await done("keygen", "--out", `${name}.json`)
    const papers = ["--identity", did, "--vendor", "acme", "--class", "pump", "--serial", name, "--owner", owner]
    await done("device", "voucher", "--key", key("issuer"), ...papers, "--out", `${name}.voucher`)
    const device = ["--voucher", `${name}.voucher`, "--identity", `${name}.json`, "--aud", AUD]
    await done("device", "enrolment", ...device, "--out", `${name}.enrolment`)
    return did
  }

  it("one device goes from its claim to its end", { timeout: STEP_MS }, async () => {
    const did = await made("one")
    const papers = ["--voucher", "one.voucher", "--enrolment", "one.enrolment"]
    await accepted("claim", did, ...papers, ...one)
    const credential = ["--vendor", "acme", "--class", "pump", "--out", "one.jwt", ...GRANTS]
    await accepted("enroll", did, "--issuer", key("issuer"), ...one, ...credential)
    const shown = await done("sign", "--key", "one.json", "--present", "one.jwt", "--aud", AUD)
    writeFileSync(file("one.presentation"), shown)
    await done("submit", "one.presentation", "--url", deployment.url)
    await accepted("label", did, "--name", "pump one", "--labels", "site=north", ...one)
    await expect.poll(async () => (await lifeOf(did)).life, { timeout: 60_000 }).toBe("active")
    await accepted("suspend", did, ...one)
    expect(await order("resume", did, ...one)).toMatchObject({
      code: 1,
      out: expect.stringContaining("control.threshold"),
    })
    await accepted("resume", did, ...two)
    const { life, name, moves } = await lifeOf(did)
    expect([life, name]).toEqual(["active", "pump one"])
    expect(moves).toEqual([
      "new -> manufactured",
      "manufactured -> claimed",
      "claimed -> attested",
      "attested -> active",
      "active -> suspended",
      "suspended -> active",
    ])
    expect(await order("unbind", did, ...two)).toMatchObject({
      code: 1,
      out: expect.stringContaining("accepted"),
      err: expect.stringContaining("this node enrols no hardware"),
    })
    await accepted("transfer", did, ...two)
    await accepted("retire", did, ...two)
    expect((await lifeOf(did)).life).toBe("retired")
    const listed = JSON.parse(await done("device", "list", "--json", "--life", "retired"))
    expect(listed).toMatchObject([{ device: did, name: "pump one", labels: { site: "north" }, trust: "revoked" }])
  })

  it("a table of devices is enrolled, and the same call again goes on", { timeout: STEP_MS }, async () => {
    const [a, b] = [await made("a"), await made("b")]
    writeFileSync(
      file("devices.csv"),
      `device,voucher,enrolment,name,labels\n${a},a.voucher,a.enrolment,left,line=1\n${b},b.voucher,b.enrolment,,\n`,
    )
    const keys = ["--issuer", key("issuer"), ...one, ...GRANTS]
    const call = ["enroll", "--csv", "devices.csv", "--out", "credentials", "--report", "report.csv", ...keys]
    expect(await accepted(...call)).toContain("2 devices: 2 enrolled, 0 already, 0 failed")
    expect(await accepted(...call)).toContain("2 devices: 0 enrolled, 2 already, 0 failed")
    expect(readdirSync(file("credentials"))).toHaveLength(2)
    const listed = JSON.parse(await done("device", "list", "--json", "--life", "attested"))
    expect(listed.map((row: { device: string; name: string | null }) => [row.device, row.name])).toEqual([
      [a, "left"],
      [b, null],
    ])
  })
})
