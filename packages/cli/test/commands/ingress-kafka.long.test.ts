/** An adapter as a deployment of its own: on Kafka, beside the services, with a principal that may do nothing else. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { MQTT, ONEM2M } from "@assay/settings"
import { assay, type Node, startIngress } from "@assay/testkit/cli"
import { describeBroker } from "@assay/testkit/kafka"
import { ADAPTER, canStartMosquitto, sayWhatIsSkipped, type TestBroker, testBroker } from "@assay/testkit/mqtt"
import { canStartAcme, registerAe, sayWhatIsSkippedOnAcme, testCse } from "@assay/testkit/onem2m"
import type { AuditEvent } from "@assay/trust"
import { connectAsync } from "mqtt"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openRoleDeployment, type RoleDeployment } from "./role-deployment.ts"

sayWhatIsSkipped("packages/cli/test/commands/ingress-kafka.long.test.ts")
sayWhatIsSkippedOnAcme("packages/cli/test/commands/ingress-kafka.long.test.ts")

const STEP_MS = 240_000
const AUD = "https://plant.example/historian/1"
const MESSAGES = 20

describeBroker("assay ingress on Kafka", () => {
  let deployment: RoleDeployment
  let broker: TestBroker
  let adapter: Node

  beforeAll(async () => {
    deployment = await openRoleDeployment("ingress", "write-back")
    if (!canStartMosquitto) return
    broker = await testBroker()
    adapter = await startIngress([], { cwd: deployment.cwd, env: environment("first") })
  }, STEP_MS)
  afterAll(async () => {
    await adapter?.stop("SIGTERM")
    await broker?.remove()
    await deployment?.close()
  }, STEP_MS)

  const environment = (clientId: string): Record<string, string> => ({
    ...deployment.as("ingress"),
    [MQTT.url.key]: broker.url,
    [MQTT.username.key]: ADAPTER,
    [MQTT.clientId.key]: clientId,
    [MQTT.share.key]: "adapters",
  })
  const run = async (args: ReadonlyArray<string>, user = "admin"): Promise<string> => {
    const done = await assay(args, { cwd: deployment.cwd, env: deployment.as(user) })
    expect(done, done.err).toMatchObject({ code: 0 })
    return done.out.trim()
  }
  /** How often each digest was decided, of one device. */
  const decided = async (did: string): Promise<ReadonlyMap<string, number>> => {
    const lines = (await run(["tail", "audit", "--from", "0", "--no-follow", "--json"])).split("\n")
    const counts = new Map<string, number>()
    for (const line of lines) {
      const { kind, device, digest } = (JSON.parse(line) as { body: AuditEvent }).body
      if (kind === "decision" && device === did) counts.set(digest!, (counts.get(digest!) ?? 0) + 1)
    }
    return counts
  }

  it.runIf(canStartMosquitto)(
    "brings messages into the log by its own principal, through a kill and beside a second one, each decided once",
    async () => {
      const did = await run(["keygen", "--out", "meter.json"])
      const device = await connectAsync(broker.url, { protocolVersion: 5, username: did, clientId: did, clean: false })
      let second: Node | null = null
      try {
        for (let n = 0; n < MESSAGES; n++) {
          const sign = ["sign", "--key", "meter.json", "--aud", AUD, "--name", "meter/energy", "--value", String(n)]
          await device.publishAsync(`assay/v1/${did}/messages`, await run(sign), { qos: 1 })
          if (n === MESSAGES / 4) {
            await adapter.stop("SIGKILL")
            adapter = await startIngress([], { cwd: deployment.cwd, env: environment("first") })
          }
          // Not beside the kill: two members of a share bring messages in another order, and the very first one would be refused behind
          // later ones (docs/guides/mqtt.md).
          if (n === MESSAGES / 2) second = await startIngress([], { cwd: deployment.cwd, env: environment("second") })
        }
        await expect.poll(async () => (await decided(did)).size, { timeout: 60_000, interval: 500 }).toBe(MESSAGES)
        expect([...(await decided(did)).values()].every((times) => times === 1)).toBe(true)
        const urls = `${adapter.url},${second!.url}`
        const status = JSON.parse(await run(["ingress", "status", "--json", "--url", urls], "ingress"))
        expect(status).toMatchObject({
          adapters: [{ connection: "subscribed" }, { connection: "subscribed" }],
          silent: [],
        })
      } finally {
        await second?.stop("SIGTERM")
        await device.endAsync(true)
      }
    },
    STEP_MS,
  )

  it.runIf(canStartAcme)(
    "brings in what devices put into a CSE, and writes back how they stand",
    async () => {
      const did = await run(["keygen", "--out", "pump.json"])
      writeFileSync(join(deployment.cwd, "devices.json"), JSON.stringify({ CPump: did }))
      const cse = await testCse()
      const port = await freePorts(1)
      const settings = {
        ...deployment.as("ingress"),
        [ONEM2M.url.key]: cse.url,
        [ONEM2M.reachedAt.key]: `http://127.0.0.1:${port}`,
        [ONEM2M.listen.key]: `127.0.0.1:${port}`,
        [ONEM2M.sweep.key]: "1",
        [ONEM2M.devices.key]: "devices.json",
        [ONEM2M.writeBack.key]: "on",
        [ONEM2M.applications.key]: "CPump",
      }
      const flags = ["--state", "adapter.state", "--roots", "plant/roots.json"]
      const onem2m = await startIngress(flags, { cwd: deployment.cwd, env: settings }, "onem2m")
      try {
        const pump = await registerAe(cse.url, "CPump")
        for (let n = 0; n < 3; n++)
          await pump.say(
            await run(["sign", "--key", "pump.json", "--aud", AUD, "--name", "pump/flow", "--value", String(n)]),
          )
        await expect.poll(async () => (await decided(did)).size, { timeout: 60_000, interval: 500 }).toBe(3)
        const standing = `/id-in/cse-in/${ONEM2M.aeId.fallback}/trust/CPump/la`
        const read = async (): Promise<string> => {
          const { content } = await pump.client.request({ operation: "retrieve", to: standing })
          return JSON.stringify(content)
        }
        await expect.poll(read, { timeout: 60_000, interval: 500 }).toContain(did)
        await pump.close()
      } finally {
        await onem2m.stop("SIGTERM")
        await cse.remove()
      }
    },
    STEP_MS,
  )

  it.runIf(canStartMosquitto)("may read nothing that is withheld", async () => {
    const { code, err } = await deployment.call("tail", "quarantined", "--from", "0", "--no-follow")
    expect(code).not.toBe(0)
    expect(err).toContain("telemetry.quarantined.v1")
  })
})
