/** Nodes that share a log for a while, as shares move, answers are lost, and one partition breaks whoever judges it. */
import { setTimeout as delay } from "node:timers/promises"
import { decodeAudit, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { SERVICE_NAMES } from "@assay/trust"
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { PARTITIONS, Sharing } from "./sharing.ts"

const PATIENCE = { timeout: 60_000, interval: 20 }
const GROUPS = { chained: ["chained"], staged: Object.values(SERVICE_NAMES) } as const

let sharing: Sharing
beforeEach(async () => {
  sharing = await Sharing.open()
})
afterEach(() => sharing.close())
afterAll(Sharing.closePool)

/** How often each entry of `submitted` was decided, by partition and offset. */
const decidedCounts = async (): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  const count = (partition: number, offset: number): void => {
    const name = `${partition}/${offset}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const { value } of await sharing.log.read({ stream: STREAMS.audit, partition }, 0, 1e5, 1e9)) {
      const event = decodeAudit(value)
      if (event.kind === "decision" && event.decision?.kind === "original") count(partition, event.origin.offset)
    }
    for (const { value } of await sharing.log.read({ stream: STREAMS.rejected, partition }, 0, 1e5, 1e9))
      count(partition, decodeRejected(value).origin.offset)
  }
  return counts
}

describe("nodes on one log", () => {
  for (const topology of ["chained", "staged"] as const)
    it(`decide each message once while shares move and answers are lost (${topology})`, {
      timeout: 180_000,
    }, async () => {
      const troubles = { restores: 0 }
      for (let node = 0; node < 3; node++) {
        const faults = await sharing.start(topology, { onRestore: () => void troubles.restores++ })
        faults.refused = 0.03
        faults.unanswered = 0.03
      }
      await sharing.feed(async () => {
        const group = GROUPS[topology][Math.floor(Math.random() * GROUPS[topology].length)]!
        sharing.share(
          group,
          Array.from({ length: PARTITIONS }, () => Math.floor(Math.random() * 3)),
        )
        await delay(Math.random() * 10)
      })
      await vi.waitFor(async () => expect(await sharing.openWork(topology)).toBe(0), PATIENCE)
      expect(troubles.restores).toBeGreaterThan(0)
      const counts = await decidedCounts()
      expect([...counts].filter(([, count]) => count !== 1)).toEqual([])
      const report = await sharing.replay()
      expect(report.decisions).toBe(counts.size)
      expect(report).toMatchObject({ agreed: report.decisions, differing: 0 })
      await vi.waitFor(() => expect(sharing.nodes.map((node) => node.notReady())).toEqual([null, null, null]), PATIENCE)
      const running = sharing.nodes.flatMap((node) =>
        node.runners().map(({ group, partition }) => `${group} ${partition}`),
      )
      expect(running).toHaveLength(GROUPS[topology].length * PARTITIONS)
      expect(new Set(running).size).toBe(running.length)
    })

  it("a partition that breaks whoever judges it halts with an alarm; the others go on, and so does it once that is mended", {
    timeout: 60_000,
  }, async () => {
    const alarms: Array<number> = []
    const faults = await sharing.start("chained", { haltMs: 50, onAlarm: (partition) => alarms.push(partition) })
    const [node] = sharing.nodes
    let ended = false
    void node!.done.finally(() => {
      ended = true
    })
    faults.breaks = new Set([1])
    await sharing.feed()
    await vi.waitFor(() => expect(alarms.length).toBeGreaterThan(1), PATIENCE)
    await vi.waitFor(async () => expect(await sharing.openWork("chained", [0, 2])).toBe(0), PATIENCE)
    await vi.waitFor(
      () => expect(node!.notReady()).toMatch(/^chained of partition 1: halted: a batch of 9 bytes is larger than/),
      PATIENCE,
    )
    expect(new Set(alarms)).toEqual(new Set([1]))
    expect(await sharing.log.position("chained", { stream: STREAMS.submitted, partition: 1 })).toBe(0)
    expect(ended).toBe(false)
    faults.breaks = new Set()
    await vi.waitFor(async () => expect(await sharing.openWork("chained")).toBe(0), PATIENCE)
    await vi.waitFor(() => expect(node!.notReady()).toBeNull(), PATIENCE)
    expect([...(await decidedCounts())].filter(([, count]) => count !== 1)).toEqual([])
    expect((await sharing.replay()).differing).toBe(0)
  })
})
