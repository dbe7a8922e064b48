/** One service by its own `main.ts` on the embedded log: what is wrong ends with 2, a signal ends with 0. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { World } from "@assay/fleet"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ServiceProcess } from "./process.ts"

const STEP_MS = 300_000

let cwd: string

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-service-"))
  const { rootSet } = new World({ seed: "one service", now: Math.floor(Date.now() / 1000) })
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(rootSet))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const WRONG: ReadonlyArray<readonly [service: string, env: Readonly<Record<string, string>>, says: string]> = [
  ["identity-resolver", { ASSAY_HTTP_PORT: "99999" }, 'ASSAY_HTTP_PORT is "99999": expected a whole number'],
  ["identity-resolver", { ASSAY_ROOTS: "none.json" }, "none.json: the pinned roots cannot be read"],
  ["anomaly-quarantine", { ASSAY_TOPOLOGY: "chained" }, "anomaly-quarantine with the topology chained"],
  ["credential-checker", { ASSAY_SEAL: "on" }, "ASSAY_SEAL is on, but credential-checker has no sealer"],
  ["segmentation-enforcer", { REDIS_URL: "http://127.0.0.1" }, "REDIS_URL has the scheme http:"],
  ["integrity-hasher", { ASSAY_HTTP_HOST: "0.0.0.0" }, "ASSAY_HTTP_HOST is 0.0.0.0, beyond loopback"],
]

describe("a service on its own", () => {
  it("names what is wrong, ends with 2, and leaves no data directory", { timeout: STEP_MS }, async () => {
    for (const [service, env, says] of WRONG) {
      const wrong = new ServiceProcess(service, cwd, env)
      const { code } = await wrong.ended
      expect({ service, env, code }).toMatchObject({ code: 2 })
      const line = JSON.parse(wrong.err) as { readonly code: string; readonly message: string }
      expect(line).toMatchObject({ code: "node.failed", service, exit: 2, message: expect.stringContaining(says) })
    }
    expect(existsSync(join(cwd, "data"))).toBe(false)
  })

  it("starts, is ready, and ends with 0 on a signal", { timeout: STEP_MS }, async () => {
    const service = new ServiceProcess("identity-resolver", cwd, { ASSAY_WORKERS: "0" })
    const url = await service.listening()
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(await service.stop()).toBe(0)
    expect(service.lines.map(({ code }) => code)).toEqual([
      "node.started",
      "node.listening",
      "node.stopping",
      "node.stopped",
    ])
    expect(new Set(service.lines.map((line) => line.service))).toEqual(new Set(["identity-resolver"]))
    expect(existsSync(join(cwd, "data", "assay.json"))).toBe(true)
  })
})
