/** A small run of each part of `npm run sinks`, over every kind of sink. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasOpenssl } from "@assay/testkit/certificates"
import { hasReceiver, sayWhichReceiversMiss } from "@assay/testkit/syslog"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { beside } from "../../src/sinks/beside.ts"
import { EXPORTED, kills, load, type PartOptions } from "../../src/sinks/parts.ts"
import { memoryFailures } from "../../src/sinks/report.ts"
import { killTopic } from "../../src/sinks/topic.ts"

sayWhichReceiversMiss("load-tests/test/sinks/sinks.long.test.ts")

const STEP_MS = 600_000
const hasSyslog = hasReceiver("rsyslog") && hasOpenssl
const ONCE = { missing: [], unmarked: [], foreign: [] }

describe("sinks", () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "assay-sinks-"))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const optionsOf = (kind: PartOptions["kind"]): PartOptions => ({
    dir,
    kind,
    receiver: "rsyslog",
    perSecond: 100,
    progress: () => undefined,
  })

  for (const kind of EXPORTED)
    it.skipIf(kind === "syslog" && !hasSyslog)(
      `lose nothing when processes are killed, and mark what comes twice: ${kind}`,
      { timeout: STEP_MS },
      async () => {
        const { checked } = await kills(optionsOf(kind), `killed: ${kind}`, 4, "test")
        expect(checked).toMatchObject(ONCE)
        expect(checked.written).toBeGreaterThan(100)
        if (kind === "file" || kind === "elastic") expect(checked.repeated).toBe(0)
      },
    )

  it("lose and repeat nothing when a process is killed that writes to a topic", { timeout: STEP_MS }, async () => {
    const { dir: own, progress } = optionsOf("file")
    const { checked } = await killTopic({ dir: own, perSecond: 200, rounds: 4, seed: "test", progress })
    expect(checked).toMatchObject({ ...ONCE, repeated: 0 })
    expect(checked.written).toBeGreaterThan(100)
  })

  for (const kind of ["syslog", "webhook"] as const)
    it.skipIf(kind === "syslog" && !hasSyslog)(
      `wait for a receiver that stands still, without growing: ${kind}`,
      { timeout: STEP_MS },
      async () => {
        const report = await load({ ...optionsOf(kind), perSecond: 500 }, `stands still: ${kind}`, 0, 20)
        expect(report.checked).toMatchObject(ONCE)
        expect(report.checked.written).toBeGreaterThan(10_000)
        expect(memoryFailures(report)).toEqual([])
      },
    )

  it.skipIf(!hasSyslog)("cost what is measured beside rsyslog's own forwarding", { timeout: STEP_MS }, async () => {
    const found = await beside(dir, 5_000, () => undefined)
    expect(found.forwarded).toBeGreaterThanOrEqual(found.events)
    expect(found.exporterUs).toBeGreaterThan(0)
    expect(found.rsyslogUs).toBeGreaterThan(0)
  })
})
