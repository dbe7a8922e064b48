/** From a log to a sink: at least once, with whatever the sink does in between. */
import { LostRecordsError } from "@assay/log"
import { encodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { describe, expect, it, vi } from "vitest"
import { decisionLines } from "../src/encode/decision.ts"
import type { Encoded } from "../src/encode/encoder.ts"
import { type EgressOptions, startEgress } from "../src/run.ts"
import type { Refused, Sink } from "../src/sink/sink.ts"
import { memoryPositions } from "../src/state/position-file.ts"
import { type DeadLetter, deadLettersTo } from "../src/unexported-deadletter.ts"
import { decided, rejected, testDir, testLog, write } from "./support.ts"

/** Keeps what was flushed; what was only written is gone at the next failure. */
class TestSink implements Sink {
  readonly name = "test"
  readonly flushed: Array<string> = []
  isOpen = false
  problem: (() => void) | null = null
  refuses: (item: Encoded) => string | null = () => null
  #written: Array<string> = []

  async open(): Promise<void> {
    this.isOpen = true
  }
  async write(items: ReadonlyArray<Encoded>): Promise<ReadonlyArray<Refused>> {
    const refused: Array<Refused> = []
    for (const item of items) {
      const reason = this.refuses(item)
      if (reason === null) this.#written.push(item.key)
      else refused.push({ item, reason })
    }
    return refused
  }
  async flush(): Promise<void> {
    const written = this.#written
    this.#written = []
    this.problem?.()
    this.flushed.push(...written)
  }
  async close(): Promise<void> {
    this.isOpen = false
  }
}

const plantOf = async (changed: Partial<EgressOptions> = {}) => {
  const log = await testLog(testDir(), 2)
  const sink = new TestSink()
  const dead: Array<DeadLetter> = []
  const problems: Array<string> = []
  const options: EgressOptions = {
    log,
    group: null,
    outcomes: ["verified", "annotated", "quarantined", "rejected"],
    encoder: decisionLines,
    sink,
    checkpoint: memoryPositions(),
    deadLetters: deadLettersTo((letter) => dead.push(letter)),
    sinceMs: null,
    checkMs: 10,
    onProblem: (what, cause) => problems.push(`${what}: ${(cause as Error).message}`),
    ...changed,
  }
  return { log, sink, dead, problems, options }
}

describe("an export", () => {
  it("has every decision of every partition once, while nothing breaks", async () => {
    const { log, sink, options } = await plantOf()
    await write(log, decided(0, 1, "verified"), decided(1, 1, "annotated"), decided(0, 2, "quarantined"))
    const running = await startEgress(options)
    await running.settled()
    expect(sink.flushed.toSorted()).toEqual(["1/0/1", "1/0/2", "1/1/1"])
    await write(log, rejected(1, 2), decided(0, 3, "verified"))
    await running.settled()
    expect(sink.flushed.slice(3).toSorted()).toEqual(["1/0/3", "1/1/2"])
    await vi.waitFor(() => expect(running.metrics().lagRecords).toBe(0))
    expect(running.metrics()).toMatchObject({ exported: 5, deadLetters: 0, failures: 0, up: 1 })
    await running.stop()
    expect(sink.isOpen).toBe(false)
  })

  it("has only the outcomes that were asked for", async () => {
    const { log, sink, options } = await plantOf({ outcomes: ["verified"] })
    await write(log, decided(0, 1, "verified"), decided(0, 2, "annotated"))
    const running = await startEgress(options)
    await running.settled()
    await running.stop()
    expect(sink.flushed).toEqual(["1/0/1"])
  })

  it("waits for a sink that is away for as many tries as an hour has, with one batch in hand, and then brings all", async () => {
    // With pauses that grow from 0.2 s to 10 s an hour has 365 tries; here they are a millisecond long.
    const TRIES = 365
    const { log, sink, options } = await plantOf({ pauses: { firstMs: 1, longestMs: 1 } })
    const writes = sink.write.bind(sink)
    const backlog = Promise.withResolvers<void>()
    let [failures, most] = [0, 0]
    sink.write = (items) => {
      most = Math.max(most, items.length)
      return writes(items)
    }
    sink.problem = () => {
      failures += 1
      if (failures === TRIES - 20) backlog.resolve()
      if (failures <= TRIES) throw new Error("the other side is away")
    }
    const append = (from: number, count: number) =>
      log.append(
        { stream: STREAMS.verified, partition: 0 },
        Array.from({ length: count }, (_, n) => ({
          key: Buffer.alloc(0),
          value: encodeAssayed(decided(0, from + n, "verified")),
        })),
      )
    await append(0, 3)
    const running = await startEgress({ ...options, outcomes: ["verified"] })
    // Decisions go on meanwhile: more than it has in hand.
    await backlog.promise
    await append(3, 1_200)
    await running.settled()
    await running.stop()
    expect(running.metrics().failures).toBe(TRIES)
    expect(most).toBe(512)
    expect(sink.flushed).toEqual(Array.from({ length: 1_203 }, (_, n) => `1/0/${n}`))
  })

  it("sends a batch again that the sink did not flush, for as long as it takes, and moves on only then", async () => {
    const { log, sink, problems, options } = await plantOf()
    await write(log, decided(0, 1, "verified"), decided(0, 2, "verified"))
    let failures = 3
    sink.problem = () => {
      if (failures-- > 0) throw new Error("the other side is away")
    }
    const running = await startEgress(options)
    await vi.waitFor(() => expect(running.metrics().up).toBe(0))
    expect(await options.checkpoint.load({ stream: STREAMS.verified, partition: 0 })).toBeNull()
    await running.settled()
    expect(sink.flushed).toEqual(["1/0/1", "1/0/2"])
    expect(running.metrics()).toMatchObject({ failures: 3, up: 1 })
    expect(problems).toEqual([
      "the export of partition 0 of telemetry.verified.v1 failed and is tried again: the other side is away",
    ])
    await running.stop()
  })

  it("goes on behind the position that is kept", async () => {
    const { log, sink, options } = await plantOf()
    await write(log, decided(0, 1, "verified"))
    const first = await startEgress(options)
    await first.settled()
    await first.stop()
    await write(log, decided(0, 2, "verified"))
    const second = await startEgress(options)
    await second.settled()
    await second.stop()
    expect(sink.flushed).toEqual(["1/0/1", "1/0/2"])
  })

  it("puts what cannot be read, and what the sink refuses for good, aside with the reason, and goes on", async () => {
    const { log, sink, dead, options } = await plantOf()
    await write(log, decided(0, 1, "verified"))
    await log.append({ stream: STREAMS.verified, partition: 0 }, [{ key: Buffer.alloc(0), value: Buffer.from("junk") }])
    await write(log, decided(0, 2, "verified"), decided(0, 3, "verified"))
    sink.refuses = ({ key }) => (key === "1/0/2" ? "field too long" : null)
    const unreadable: Array<[stream: string, count: number]> = []
    const running = await startEgress({ ...options, onUnreadable: (...met) => unreadable.push(met) })
    await running.settled()
    expect(sink.flushed).toEqual(["1/0/1", "1/0/3"])
    // What the sink refused is ours, and not counted there.
    expect(unreadable).toEqual([[STREAMS.verified, 1]])
    const byOffset = dead.toSorted((a, b) => a.place.offset - b.place.offset)
    expect(byOffset.map(({ place, key, reason }) => [place.offset, key, reason])).toEqual([
      [1, null, expect.stringMatching(/./)],
      [2, "1/0/2", "field too long"],
    ])
    expect(Buffer.from(byOffset[0]!.bytes).toString()).toBe("junk")
    expect(running.metrics()).toMatchObject({ exported: 2, deadLetters: 2 })
    await running.stop()
  })

  it("stops, and says so, where records were removed before they were exported", async () => {
    const { log, sink, problems, options } = await plantOf({ outcomes: ["verified"] })
    await write(log, ...[1, 2, 3, 4].map((offset) => decided(0, offset, "verified")))
    const removed = {
      ...log,
      bounds: async (at: { stream: string; partition: number }) => ({ ...(await log.bounds(at)), start: 2 }),
      read: (at: { stream: string; partition: number }, from: number, records: number, bytes: number) =>
        log.read(at, Math.max(from, 2), records, bytes),
    }
    await options.checkpoint.save({ stream: STREAMS.verified, partition: 0 }, 0, 1)
    const running = await startEgress({ ...options, log: removed })
    await expect(running.halted).rejects.toThrow(LostRecordsError)
    await expect(running.settled()).rejects.toThrow(LostRecordsError)
    expect(sink.flushed).toEqual([])
    expect(running.metrics().up).toBe(0)
    await running.stop()
    expect(problems[0]).toMatch(/^the export of partition 0 of telemetry.verified.v1 has stopped: /)
  })

  it("does not begin where the output cannot be opened", async () => {
    const { options, sink } = await plantOf()
    sink.open = () => Promise.reject(new Error("no such directory"))
    await expect(startEgress(options)).rejects.toThrow("no such directory")
  })
})
