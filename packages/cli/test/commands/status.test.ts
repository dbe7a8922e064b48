/** `assay status` beside a node's directory and nodes that answer, do not answer, or are none. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { Metrics } from "@assay/telemetry"
import { assay, type Done, LAUNCHER } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"

const STEP_MS = 60_000
const NOWHERE = "http://127.0.0.1:2"
let cwd = ""
let url = ""
let server: Server
let ready = true

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-status-"))
  const log = await openEmbedded({ dir: join(cwd, "data"), partitions: 2 })
  const { offset } = await log.append({ stream: STREAMS.submitted, partition: 0 }, [
    { key: Buffer.alloc(0), value: Buffer.from("judged") },
    { key: Buffer.alloc(0), value: Buffer.from("waits") },
  ])
  await log.commit(0, { group: "chained", stream: STREAMS.submitted, from: offset, next: offset + 1, outputs: [] })
  await log.close()
  const metrics = new Metrics()
  metrics.assigned("chained", new Set([0, 1]))
  metrics.observeKnowledge("bundle", { seconds: 90 * 86_400, version: 7 })
  const text = await metrics.scrape()
  server = createServer(({ url: path }, answer) => {
    if (path === "/metrics") return answer.end(text)
    answer.statusCode = ready ? 200 : 503
    return answer.end(JSON.stringify(ready ? { status: "ready" } : { status: "not ready", reason: "restoring" }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(cwd, { recursive: true, force: true })
})

const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(["status", ...args], { cwd })

it("a node that is ready, and no log on this machine: well", { timeout: STEP_MS }, async () => {
  const { code, out } = await call("--url", url, "--data", "none")
  expect(out).toContain("not looked at: there is no data directory at none")
  expect(out).toMatch(/127\.0\.0\.1:\d+ +ready +chained \(2\)/)
  expect(out).toMatch(/bundle +7 +90 d/)
  expect([code, out]).toEqual([0, expect.stringContaining("no alarms")])
})

it("a log on which nobody works: what waits, and that it is an alarm", { timeout: STEP_MS }, async () => {
  const { code, out } = await call("--url", url, "--json")
  const { log, alarms } = JSON.parse(out)
  expect(log).toMatchObject({ engine: "embedded", partitions: 2, running: false, checkpoint: null, undecided: 0 })
  expect(log.services).toMatchObject([{ name: "chained", processes: null, entries: 1, partition: 0 }])
  expect([code, alarms]).toEqual([
    1,
    [{ alert: "AssayDown", state: "fail", where: "log", what: "no process works on it" }],
  ])
})

it("one node that is silent hides no other", { timeout: STEP_MS }, async () => {
  ready = false
  const { code, out } = await call("--url", `${url},${NOWHERE}`, "--data", "none")
  ready = true
  expect(code).toBe(1)
  expect(out).toContain(`FAIL  ${url}: not ready: restoring (AssayNotReady)`)
  expect(out).toContain(`FAIL  ${NOWHERE}: no node answers (ECONNREFUSED) (AssayDown)`)
})

it("beside Kafka asks no node that nobody named; brokers that are away are an alarm", {
  timeout: STEP_MS,
}, async () => {
  const env = { LOG: "kafka", KAFKA_BROKERS: "127.0.0.1:2" }
  const { code, out } = await assay(["status", "--json"], { cwd, env })
  const { nodes, log, alarms } = JSON.parse(out)
  expect({ code, nodes, log }).toEqual({ code: 1, nodes: [], log: null })
  expect(alarms).toMatchObject([{ alert: "AssayBrokerUnavailable", state: "fail", where: "log" }])
})

it("looks again until it is stopped, and ends as the last look did", { timeout: STEP_MS }, async () => {
  const args = ["status", "--url", url, "--data", "none", "--watch", "--every", "1", "--json"]
  const child = spawn(LAUNCHER, args, { cwd, env: { ...process.env, ASSAY_CONTEXT: "" } })
  let out = ""
  await new Promise<void>((resolve, reject) => {
    child.once("close", (code) => reject(new Error(`it ended with ${code} before it was stopped`)))
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk
      if (out.split('"alarms"').length > 2) resolve()
    })
  })
  child.removeAllListeners("close")
  child.kill("SIGTERM")
  expect(await once(child, "close")).toEqual([0, null])
})

it.each<[string, ReadonlyArray<string>, string]>([
  ["a node that is no URL", ["--url", "plant"], "not plant"],
  ["a pause without --watch", ["--every", "5"], "--every goes with --watch"],
  ["a pause that is none", ["--watch", "--every", "0"], "--every takes a whole number from 1 to 3600"],
  ["more nodes than can be asked", ["--url", Array.from({ length: 65 }, () => NOWHERE).join()], "at most 64"],
])("refuses %s", async (_, args, why) => {
  const { code, err } = await call(...args)
  expect([code, err]).toEqual([2, expect.stringContaining(why)])
})
