/** The guide of oneM2M as a user follows it: a node, a CSE, an adapter, a device that speaks by plain HTTP. All of them are real. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { ONEM2M } from "@assay/settings"
import { assay, type Node, startIngress, startUp } from "@assay/testkit/cli"
import { canStartAcme, sayWhatIsSkippedOnAcme, type TestCse, testCse } from "@assay/testkit/onem2m"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

sayWhatIsSkippedOnAcme("packages/cli/test/commands/onem2m.long.test.ts")

const AUD = "https://plant.example/"

describe.runIf(canStartAcme)("assay ingress onem2m", () => {
  let cwd = ""
  let cse: TestCse
  let node: Node
  let adapter: Node | null = null
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), "assay-ingress-onem2m-"))
    cse = await testCse()
    node = await startUp(["plant", "--domain", AUD, "--vendor", "acme"], { cwd })
  }, 180_000)
  afterAll(async () => {
    await adapter?.stop("SIGTERM")
    await node?.stop("SIGTERM")
    await cse?.remove()
    rmSync(cwd, { recursive: true, force: true })
  }, 60_000)

  const run = async (...args: ReadonlyArray<string>): Promise<string> => {
    const { code, out, err } = await assay(args, { cwd })
    expect({ args, code, err }).toMatchObject({ code: 0 })
    return out.trim()
  }
  let requests = 0
  const m2m = async (path: string, type: number, content: object): Promise<void> => {
    const answer = await fetch(`${cse.url}/~/id-in/cse-in${path}`, {
      method: "POST",
      headers: {
        "content-type": `application/json;ty=${type}`,
        "x-m2m-origin": "CPump",
        "x-m2m-ri": `guide-${++requests}`,
        "x-m2m-rvi": "4",
      },
      body: JSON.stringify(content),
    })
    expect({ path, rsc: answer.headers.get("x-m2m-rsc"), body: await answer.text() }).toMatchObject({ rsc: "2001" })
  }

  it("brings what a device says in, and shows how it goes", { timeout: 180_000 }, async () => {
    const did = await run("keygen", "--out", "pump.json")
    writeFileSync(join(cwd, "devices.json"), JSON.stringify({ CPump: did }))
    const port = await freePorts(1)
    adapter = await startIngress(
      ["--url", node.url, "--state", "adapter.state", "--data", "plant/data", "--roots", "plant/roots.json"],
      {
        cwd,
        env: {
          [ONEM2M.url.key]: cse.url,
          [ONEM2M.reachedAt.key]: `http://127.0.0.1:${port}`,
          [ONEM2M.listen.key]: `127.0.0.1:${port}`,
          [ONEM2M.sweep.key]: "1",
          [ONEM2M.devices.key]: "devices.json",
          [ONEM2M.writeBack.key]: "on",
          [ONEM2M.applications.key]: "CScreen",
        },
      },
      "onem2m",
    )
    // The policy, the container and the message as the guide has them.
    await m2m("", 2, { "m2m:ae": { rn: "CPump", api: "Npump", rr: false, srv: ["4"] } })
    await m2m("/CPump", 1, {
      "m2m:acp": {
        rn: "acp",
        pv: {
          acr: [
            { acor: ["CPump"], acop: 63 },
            { acor: ["CAssayIngress"], acop: 35 },
          ],
        },
        pvs: { acr: [{ acor: ["CPump", "CAssayIngress"], acop: 63 }] },
      },
    })
    await m2m("/CPump", 3, { "m2m:cnt": { rn: "data", lbl: ["assay"], acpi: ["cse-in/CPump/acp"] } })
    const credential = `--issuer plant/keys/issuer.json --device ${did} --vendor acme --class pump`
    const grants = ["--measurements", "pump/*=0..200", "--audiences", `${AUD}*`, "--out", "pump.vc"]
    await run("credential", ...credential.split(" "), ...grants)
    const shown = await run("sign", "--key", "pump.json", "--aud", AUD, "--present", "pump.vc")
    const values = ["--name", "pump/temperature", "--value", "81.5", "--unit", "Cel"]
    const good = await run("sign", "--key", "pump.json", "--aud", `${AUD}historian/1`, ...values)
    for (const con of [shown, good])
      await m2m("/CPump/data", 4, { "m2m:cin": { cnf: "application/jose:0", con: `${con}\n` } })
    const status = async () =>
      JSON.parse((await assay(["ingress", "status", "--json", "--url", adapter!.url], { cwd })).out)
    await expect.poll(async () => (await status()).adapters[0].taken, { timeout: 60_000 }).toBe(2)
    expect((await status()).adapters[0]).toMatchObject({
      binding: "onem2m",
      connection: "subscribed",
      containers: 1,
      refusing: 0,
      underWay: 0,
      waits: null,
    })
    expect(await run("ingress", "status", "--url", adapter.url)).toContain("1 labelled assay")
    const known = async () => (await fetch(`${node.url}/v1/devices/${encodeURIComponent(did)}`)).status
    await expect.poll(known, { timeout: 60_000 }).toBe(200)
    const metrics = await (await fetch(`${adapter.url}/metrics`)).text()
    expect(metrics).toContain('assay_ingress_up{binding="onem2m"} 1')
    expect(metrics).toContain('assay_cse_containers{state="found"} 1')
    expect((await fetch(`${adapter.url}/readyz`)).status).toBe(200)
    const standing = async () => {
      const headers = { "x-m2m-origin": "CScreen", "x-m2m-ri": `guide-${++requests}`, "x-m2m-rvi": "4" }
      const answer = await fetch(`${cse.url}/~/id-in/cse-in/CAssayIngress/trust/CPump/la`, { headers })
      const { "m2m:cin": cin } = (await answer.json()) as { "m2m:cin"?: { con: string } }
      return cin === undefined ? answer.headers.get("x-m2m-rsc") : JSON.parse(cin.con)
    }
    await expect
      .poll(standing, { timeout: 60_000 })
      .toMatchObject({ device: did, registered: true, last: { outcome: expect.any(String) } })
    const { writtenBack, refusing } = (await status()).adapters[0]
    expect({ writtenBack, refusing }).toMatchObject({ writtenBack: { widened: 0, failures: 0 }, refusing: 0 })
  })
})
