/** Replay compares everything that is derived, not only outcome, reasons and trust. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { stagesOver } from "@assay/cli/services"
import { type ReplayReport, replay } from "@assay/engine"
import { VerifyPool } from "@assay/jose/verify-pool"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAudit, decodeRejected, encodeAudit, encodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AuditEvent, RootSet } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 180_000
let run: SealedRun
let log: Log
let roots: RootSet
let pool: VerifyPool

beforeAll(async () => {
  run = await sealedRun("replay compares everything", "staged")
  log = await openEmbedded({ dir: run.dir, readOnly: true })
  roots = JSON.parse(readFileSync(join(run.root, "roots.json"), "utf8"))
  pool = new VerifyPool({ size: 1 })
}, STEP_MS)
afterAll(async () => {
  await log?.close()
  await pool?.close()
  run?.remove()
})

const over = (changed: Log): Promise<ReplayReport> => replay(changed, roots, stagesOver(changed, pool))

/** The log with the first record of a stream that `change` takes written anew. */
const edited = (stream: string, change: (value: Uint8Array) => Uint8Array | null): Log => {
  let at: number | null = null
  return {
    ...log,
    read: async (of, ...more) => {
      const records = await log.read(of, ...more)
      if (of.stream !== stream) return records
      return records.map((record) => {
        if (at !== null && record.offset !== at) return record
        const value = change(record.value)
        if (value === null) return record
        at = record.offset
        return { ...record, value }
      })
    },
  }
}
const event =
  (of: (event: AuditEvent) => AuditEvent | null) =>
  (value: Uint8Array): Uint8Array | null => {
    const made = of(decodeAudit(value))
    return made === null ? null : encodeAudit(made)
  }
const ofDecision = (more: (event: AuditEvent) => Partial<AuditEvent>) =>
  event((one) => (one.kind === "decision" ? { ...one, ...more(one) } : null))

describe("replay", () => {
  it(
    "agrees with an untouched record in everything",
    async () => {
      const report = await over(log)
      expect(report.differences).toEqual([])
      expect(report).toMatchObject({ differing: 0, agreed: report.decisions })
      expect(report.others).toBeGreaterThan(5)
    },
    STEP_MS,
  )

  it.each([
    [
      "a decision's reputation",
      STREAMS.audit,
      ofDecision(({ decision }) => ({ decision: { ...decision!, reputation: 0.123 } })),
    ],
    ["a decision's verdicts", STREAMS.audit, ofDecision(() => ({ verdicts: [] }))],
    ["the hash of a decided record", STREAMS.audit, ofDecision(() => ({ record: Buffer.alloc(32, 1) }))],
    [
      "a transition",
      STREAMS.audit,
      event((one) => (one.kind === "transition" ? { ...one, to: "revoked" as const } : null)),
    ],
    [
      "the outcome of an activation",
      STREAMS.audit,
      event((one) => (one.kind === "control" ? { ...one, detail: `${one.detail!} ` } : null)),
    ],
    [
      "a rejected record",
      STREAMS.rejected,
      (value: Uint8Array) => encodeRejected({ ...decodeRejected(value), value: Buffer.from("harmless") }),
    ],
  ])(
    "names %s that was changed",
    async (_name, stream, change) => {
      const report = await over(edited(stream, change))
      expect(report.differing).toBe(1)
      expect(report.differences[0]!.recorded).toMatch(/./)
    },
    STEP_MS,
  )
})
