/** The guide of MQTT as a user follows it: a node, a broker, an adapter, a device, its receipt. All of them are real. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MQTT } from "@assay/settings"
import { assay, type Node, startIngress, startUp } from "@assay/testkit/cli"
import { ADAPTER, canStartMosquitto, sayWhatIsSkipped, type TestBroker, testBroker } from "@assay/testkit/mqtt"
import { connectAsync } from "mqtt"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

sayWhatIsSkipped("packages/cli/test/commands/ingress.long.test.ts")

const AUD = "https://plant.example/"

describe.runIf(canStartMosquitto)("assay ingress mqtt", () => {
  let cwd = ""
  let broker: TestBroker
  let node: Node
  let adapter: Node | null = null
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), "assay-ingress-mqtt-"))
    broker = await testBroker()
    node = await startUp(["plant", "--domain", AUD, "--vendor", "acme"], { cwd })
  })
  afterAll(async () => {
    await adapter?.stop("SIGTERM")
    await node?.stop("SIGTERM")
    await broker?.remove()
    rmSync(cwd, { recursive: true, force: true })
  })

  const run = async (...args: ReadonlyArray<string>): Promise<string> => {
    const { code, out, err } = await assay(args, { cwd })
    expect({ args, code, err }).toMatchObject({ code: 0 })
    return out.trim()
  }
  const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString())

  it("brings messages in, tells the device that they are taken, and shows how it goes", async () => {
    const issuer = await run("keygen", "--out", "receipts.json")
    const did = await run("keygen", "--out", "pump.json")
    const credential = `--issuer plant/keys/issuer.json --device ${did} --vendor acme --class pump`
    const grants = ["--measurements", "pump/*=0..200", "--audiences", `${AUD}*`, "--out", "pump.vc"]
    await run("credential", ...credential.split(" "), ...grants)
    adapter = await startIngress(["--url", node.url, "--data", "plant/data", "--state", "receipts.state"], {
      cwd,
      env: {
        [MQTT.url.key]: broker.url,
        [MQTT.username.key]: ADAPTER,
        [MQTT.clientId.key]: "one",
        [MQTT.receiptKey.key]: "receipts.json",
      },
    })
    const device = await connectAsync(broker.url, { protocolVersion: 5, username: did })
    try {
      await device.subscribeAsync(`assay/v1/${did}/receipts`, { qos: 1 })
      const receipts: Array<{ readonly rcp: string; readonly dig: string }> = []
      device.on("message", (_, payload) => receipts.push(payloadOf(payload.toString())))
      const say = (...args: ReadonlyArray<string>) =>
        run("sign", "--key", "pump.json", "--aud", `${AUD}historian/1`, ...args)
      const shown = await run("sign", "--key", "pump.json", "--aud", AUD, "--present", "pump.vc")
      const good = await say("--name", "pump/temperature", "--value", "81.5", "--unit", "Cel")
      const held = await say("--name", "elsewhere/temperature", "--value", "81.5")
      for (const token of [shown, good, held])
        await device.publishAsync(`assay/v1/${did}/messages`, `${token}\n`, { qos: 1 })
      await expect.poll(() => receipts.length, { timeout: 60_000 }).toBe(3)
      expect(receipts.map(({ rcp }) => rcp).sort()).toEqual(["held", "taken", "taken"])
      expect(receipts[0]).toMatchObject({ iss: issuer, sub: did })
      const status = JSON.parse(await run("ingress", "status", "--json", "--url", adapter.url))
      expect(status.adapters[0]).toMatchObject({ connection: "subscribed", taken: 3, underWay: 0, waits: null })
      const metrics = await (await fetch(`${adapter.url}/metrics`)).text()
      expect(metrics).toContain('assay_ingress_up{binding="mqtt"} 1')
      expect((await fetch(`${adapter.url}/readyz`)).status).toBe(200)
    } finally {
      await device.endAsync(true)
    }
  })
})
