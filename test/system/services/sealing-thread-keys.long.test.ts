/** Keys in a token and witnesses, as their settings name them, where a thread of its own seals. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { World } from "@assay/fleet"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit } from "@assay/schemas"
import { generateInToken, parsePkcs11Uri } from "@assay/signing"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { assay } from "@assay/testkit/cli"
import { hasSoftHsm, sayWithoutSoftHsm, type TestTokens, testTokens } from "@assay/testkit/softhsm"
import { encodeWitnessKey, witnessKey } from "@assay/transparency"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { ServiceProcess } from "./process.ts"

sayWithoutSoftHsm("test/system/services/sealing-thread-keys.long.test.ts")

const STEP_MS = 300_000
const PATIENCE = { timeout: 60_000, interval: 50 }
const EVENTS = 300

describe.skipIf(!hasSoftHsm)("a thread that seals", () => {
  const cwd = mkdtempSync(join(tmpdir(), "assay-sealing-keys-"))
  let tokens: TestTokens

  beforeAll(async () => {
    tokens = testTokens("plant")
    await generateInToken(parsePkcs11Uri(tokens.uri("plant", "log")), "Ed25519")
    await generateInToken(parsePkcs11Uri(tokens.uri("plant", "challenges")), "ES256")
    const { rootSet } = new World({ seed: "keys", now: Math.floor(Date.now() / 1000) })
    writeFileSync(join(cwd, "roots.json"), JSON.stringify(rootSet))
    const key = encodeWitnessKey(witnessKey("w.example/one", Buffer.alloc(32, 7)))
    // Nobody listens there.
    writeFileSync(join(cwd, "policy"), `witness one ${key} http://127.0.0.1:9/\nquorum one\n`)
    const log = await openEmbedded({ dir: join(cwd, "data"), partitions: 1 })
    const events = Array.from({ length: EVENTS }, (_, offset) => auditEvent(offset))
    const records = events.map((event) => ({ key: Buffer.from(event.device!), value: encodeAudit(event) }))
    await log.append({ stream: STREAMS.audit, partition: 0 }, records)
    await log.close()
  }, STEP_MS)
  afterAll(() => {
    tokens.remove()
    rmSync(cwd, { recursive: true, force: true })
  })

  const start = (logKey: string): ServiceProcess =>
    new ServiceProcess("integrity-hasher", cwd, {
      ...tokens.env,
      ASSAY_DATA: "data",
      ASSAY_WORKERS: "1",
      ASSAY_LOG_KEYS: tokens.uri("plant", logKey),
      // The main thread signs by the same library.
      ASSAY_CHALLENGE_KEY: tokens.uri("plant", "challenges"),
      ASSAY_WITNESS_POLICY: "policy",
      ASSAY_WITNESS_INTERVAL_MS: "200",
    })

  it("that may not begin ends the start with the sentence and the exit code of the main thread", {
    timeout: STEP_MS,
  }, async () => {
    const refused = start("challenges")
    expect(await refused.ended, refused.err).toMatchObject({ code: 2 })
    expect(refused.lines.at(-1)).toMatchObject({
      code: "node.failed",
      message: expect.stringContaining("the key of a log is Ed25519"),
    })
  })

  it("signs by the token, asks the witnesses, and ends with all sealed", { timeout: STEP_MS }, async () => {
    const service = start("log")
    const url = await service.listening()
    await vi.waitFor(async () => {
      const metrics = await fetch(`${url}/metrics`).then((one) => one.text())
      expect(metrics).toMatch(new RegExp(`^assay_sealed_leaves\\{[^}]*\\} ${EVENTS}$`, "m"))
    }, PATIENCE)
    await vi.waitFor(
      () => expect(service.lines.filter(({ code }) => code === "witness.problem").length).toBeGreaterThan(0),
      PATIENCE,
    )
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(await service.stop(), service.err).toBe(0)
    expect(service.lines.filter(({ level }) => level === "error")).toEqual([])
    const { code, out, err } = await assay(["verify", "data", "--key", join("data", "vkeys"), "--json"], { cwd })
    expect(code, `${out}\n${err}`).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ reports: [{ size: EVENTS }] })
  })
})
