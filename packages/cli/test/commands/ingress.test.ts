/** `assay ingress`: wrong calls, and the files that it writes for a broker. Adapters themselves: `ingress.long.test.ts`. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let cwd = ""
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-ingress-"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const call = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  assay(["ingress", ...args], { cwd, env })
const BROKER = { ASSAY_MQTT_URL: "mqtt://127.0.0.1:1" }

describe("assay ingress", () => {
  it.each<[string, ReadonlyArray<string>, Record<string, string>, string]>([
    ["no verb", [], {}, "mqtt, onem2m, status or mosquitto"],
    ["a broker that nobody named", ["mqtt"], {}, "ASSAY_MQTT_URL"],
    ["a template that is none", ["mqtt"], { ...BROKER, ASSAY_MQTT_TOPICS: "$SYS/#" }, "ASSAY_MQTT_TOPICS"],
    ["a setting that is none", ["mqtt"], { ...BROKER, ASSAY_MQTT_TOPIC: "a" }, "ASSAY_MQTT_TOPIC is no setting"],
    ["a node that is no URL", ["mqtt", "--url", "plant"], BROKER, "--url"],
    ["a port that is none", ["mqtt", "--port", "x"], BROKER, "--port"],
    [
      "receipts without a log to read",
      ["mqtt", "--port", "0"],
      { ...BROKER, ASSAY_MQTT_RECEIPT_KEY: "receipt.json" },
      "--data DIR",
    ],
    ["no directory to write to", ["mosquitto"], {}, "--out DIR"],
  ])("refuses %s with exit code 2, and starts nothing", async (_, args, env, why) => {
    await assay(["keygen", "--out", "receipt.json"], { cwd })
    const { code, out, err } = await call(args, env)
    expect(err).toContain(why)
    expect([code, out]).toEqual([2, ""])
  })

  it("says where no adapter answers", async () => {
    const { code, err } = await call(["status", "--url", "http://127.0.0.1:1"])
    expect(code).toBe(3)
    expect(err).toContain("no node answers at http://127.0.0.1:1")
  })

  it("shows of several adapters those that answer, and says which do not", async () => {
    const way = { binding: "mqtt", broker: "mqtt://plant", clientId: "one", share: null, target: "Kafka", topics: [] }
    const adapter = { ...way, connection: "subscribed", waits: null, lost: {}, receipts: null }
    const server = createServer((_request, answer) => {
      answer.setHeader("content-type", "application/json")
      answer.end(JSON.stringify({ adapters: [adapter] }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const one = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const both = await call(["status", "--json", "--url", `${one},${one}`])
      expect([both.code, JSON.parse(both.out).adapters]).toEqual([
        0,
        [
          { url: one, ...adapter },
          { url: one, ...adapter },
        ],
      ])
      const mixed = await call(["status", "--url", `${one},http://127.0.0.1:1`])
      expect(mixed).toMatchObject({ code: 1, err: "" })
      expect(mixed.out).toContain("subscribed")
      expect(mixed.out).toContain("no node answers at http://127.0.0.1:1")
    } finally {
      server.close()
    }
  })

  it("writes configuration and ACL for the topics of the settings, and overwrites neither", async () => {
    const env = { ASSAY_MQTT_TOPICS: "plant/{device}/m", ASSAY_MQTT_USERNAME: "bridge" }
    expect(await call(["mosquitto", "--out", "broker"], env)).toMatchObject({ code: 0, err: "" })
    const read = (name: string): string => readFileSync(join(cwd, "broker", name), "utf8")
    expect(read("acl")).toContain("pattern write plant/%u/m")
    expect(read("acl")).toContain("user bridge\ntopic read plant/+/m")
    expect(read("assay.conf")).toContain(`acl_file ${join(cwd, "broker", "acl")}`)
    expect(read("assay.conf")).toContain("require_certificate true")
    expect(await call(["mosquitto", "--out", "broker"], env)).toMatchObject({ code: 2 })
    expect(existsSync(join(cwd, "broker/assay.conf"))).toBe(true)
  })
})
