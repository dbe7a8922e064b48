/** Nodes that share a log, while reads hang, records vanish and groups are moved; longer troubles: sharing-under-faults.long.test.ts. */
import { UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { PARTITIONS, Sharing } from "./sharing.ts"

const PATIENCE = { timeout: 60_000, interval: 20 }

let sharing: Sharing
beforeEach(async () => {
  sharing = await Sharing.open()
})
afterEach(() => sharing.close())
afterAll(Sharing.closePool)

describe("nodes on one log", () => {
  it("a log that does not answer what is read is noticed, reported as an outage, and read anew", {
    timeout: 60_000,
  }, async () => {
    const away: Array<number> = []
    const others: Array<unknown> = []
    const faults = await sharing.start("chained", {
      stallMs: 200,
      onStall: (_partition, _group, detail) => others.push(detail),
      onRestore: (partition, _group, cause) =>
        cause instanceof UnavailableError ? away.push(partition) : others.push(cause),
    })
    const [node] = sharing.nodes
    await vi.waitFor(() => expect(node!.notReady()).toBeNull(), PATIENCE)
    faults.hangs = STREAMS.submitted
    await sharing.feed()
    await vi.waitFor(() => expect(new Set(away).size).toBe(PARTITIONS), PATIENCE)
    expect(node!.notReady()).toContain("the log has not answered")
    expect(others).toEqual([])
    faults.hangs = null
    await vi.waitFor(async () => expect(await sharing.openWork("chained")).toBe(0), PATIENCE)
    await vi.waitFor(() => expect(node!.notReady()).toBeNull(), PATIENCE)
    expect((await sharing.replay()).differing).toBe(0)
  })

  it("a partition whose records are gone stands still with an alarm; the others go on", {
    timeout: 60_000,
  }, async () => {
    await sharing.feed()
    await sharing.cluster.lose({ stream: STREAMS.submitted, partition: 1 }, 60)
    const alarms: Array<number> = []
    await sharing.start("chained", { onAlarm: (partition) => alarms.push(partition) })
    await vi.waitFor(async () => expect(await sharing.openWork("chained", [0, 2])).toBe(0), PATIENCE)
    expect(alarms).toEqual([1])
    expect(sharing.nodes[0]!.notReady()).toMatch(/chained of partition 1: halted: .*are gone before they were read/)
    expect(await sharing.log.position("chained", { stream: STREAMS.submitted, partition: 1 })).toBe(0)
    expect(sharing.nodes[0]!.ticked()).toEqual([0, 2])
  })

  it("a partition whose stream ends before what was read stands still with an alarm; the others go on", {
    timeout: 60_000,
  }, async () => {
    const alarms: Array<number> = []
    const faults = await sharing.start("chained", { stallMs: 2_000, onAlarm: (partition) => alarms.push(partition) })
    await sharing.feed()
    await vi.waitFor(async () => expect(await sharing.openWork("chained")).toBe(0), PATIENCE)
    await vi.waitFor(() => expect(sharing.nodes[0]!.notReady()).toBeNull(), PATIENCE)
    faults.ends = new Map([[1, 3]])
    await vi.waitFor(() => expect(alarms).toEqual([1]), PATIENCE)
    expect(sharing.nodes[0]!.notReady()).toMatch(/^chained of partition 1: halted: .*: the stream ends at 3, before/)
    expect(sharing.nodes[0]!.ticked()).toEqual([0, 2])
  })

  it("a group that was moved in one partition halts there alone, and goes on once it is moved back", {
    timeout: 60_000,
  }, async () => {
    const at = { stream: STREAMS.submitted, partition: 1 }
    await sharing.start("chained")
    await sharing.feed()
    await vi.waitFor(async () => expect(await sharing.openWork("chained")).toBe(0), PATIENCE)
    await sharing.nodes[0]!.stop()
    const next = await sharing.log.position("chained", at)
    await sharing.cluster.move("chained", at, next - 2)
    sharing.share("chained", [1, 1, 1])
    const alarms: Array<number> = []
    await sharing.start("chained", { haltMs: 50, onAlarm: (partition) => alarms.push(partition) })
    const [, node] = sharing.nodes
    await vi.waitFor(() => expect(alarms.length).toBeGreaterThan(1), PATIENCE)
    await vi.waitFor(() => expect(node!.ticked()).toEqual([0, 2]), PATIENCE)
    await vi.waitFor(
      () => expect(node!.notReady()).toMatch(/^chained of partition 1: halted: .*: somebody moved the group/),
      PATIENCE,
    )
    expect(new Set(alarms)).toEqual(new Set([1]))
    await sharing.cluster.move("chained", at, next)
    await vi.waitFor(() => expect(node!.ticked()).toEqual([0, 1, 2]), PATIENCE)
  })

  it("a log that was run staged is not run chained", async () => {
    await sharing.start("staged")
    await sharing.feed()
    await vi.waitFor(async () => expect(await sharing.openWork("staged")).toBe(0), PATIENCE)
    await expect(sharing.start("chained")).rejects.toThrow("ASSAY_TOPOLOGY is chained, but this log was run staged")
  })
})
