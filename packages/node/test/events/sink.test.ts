/** How much a node says: an outage is a handful of lines, a problem is said once in a while, a halt for each partition. */
import { DataDirError, UnavailableError } from "@assay/log"
import { describe, expect, it } from "vitest"
import type { NodeEvent } from "../../src/events/event.ts"
import { eventSink } from "../../src/events/sink.ts"

const setUp = () => {
  const said: Array<NodeEvent> = []
  let now = 0
  const sink = eventSink(
    (event) => said.push(event),
    () => now,
  )
  return {
    said,
    sink,
    at: (ms: number) => {
      now = ms
    },
  }
}

const restored = (partition: number, cause: unknown): NodeEvent => ({
  code: "runner.restored",
  message: `chained of partition ${partition} has failed and goes on from its last commit`,
  group: "chained",
  partition,
  cause,
})
const away = (): Error => new UnavailableError("nobody answers at 127.0.0.1:9092")

describe("what ends the process", () => {
  it("is said once, and nothing that has the same cause after it; anything else still is", () => {
    const { said, sink } = setUp()
    const cause = new DataDirError("another process has it")
    sink.emitLast({ code: "log.taken", message: "ends", cause })
    sink.emit(restored(0, cause))
    sink.emit({ code: "seal.failed", message: "sealing failed", cause: new Error("cannot be sealed", { cause }) })
    sink.emit({ code: "seal.failed", message: "sealing failed", cause: new Error("the disk is full") })
    expect(said.map(({ code }) => code)).toEqual(["log.taken", "seal.failed"])
  })
})

describe("an outage", () => {
  it("of two minutes, with 64 partitions that fail each second, is a handful of lines", () => {
    const { said, sink, at } = setUp()
    for (let second = 0; second < 120; second++) {
      at(second * 1_000)
      for (let partition = 0; partition < 64; partition++) sink.emit(restored(partition, away()))
      sink.emit({
        code: "tick.failed",
        message: "a tick could not be appended",
        cause: new Error("x", { cause: away() }),
      })
    }
    at(126_000)
    sink.committed()
    sink.committed()
    expect(said.map(({ code }) => code)).toEqual([
      "outage.begun",
      "outage.lasts",
      "outage.lasts",
      "outage.lasts",
      "outage.ended",
    ])
    expect(said.at(-1)!.details).toEqual({ failures: 120 * 65, seconds: 119 })
    // One partition of many is not what is said of them all.
    expect(said.map(({ message, partition }) => [message, partition]).slice(0, 2)).toEqual([
      ["the servers behind the log do not answer in time", undefined],
      ["the servers behind the log have not answered in time for 30 s", undefined],
    ])
    expect(said[1]!.details).toEqual({ failures: 30 * 65 + 1, seconds: 30 })
  })

  it("that flaps is no more lines: it ends only when nothing has failed for a while", () => {
    const { said, sink, at } = setUp()
    for (let step = 0; step < 1_000; step++) {
      at(step * 50)
      sink.emit(restored(step % 4, away()))
      sink.committed()
    }
    expect(said.map(({ code }) => code)).toEqual(["outage.begun", "outage.lasts"])
  })

  it("is not what a halt is: that is said for each partition", () => {
    const { said, sink } = setUp()
    for (let partition = 0; partition < 3; partition++)
      sink.emit({ ...restored(partition, away()), code: "partition.halted", message: `ALARM: partition ${partition}` })
    expect(said.map(({ partition }) => partition)).toEqual([0, 1, 2])
  })
})

describe("another problem", () => {
  it("is said once in 30 seconds, with how often it was left unsaid", () => {
    const { said, sink, at } = setUp()
    for (let second = 0; second <= 31; second++) {
      at(second * 1_000)
      sink.emit(restored(0, new Error("broken")))
      sink.emit(restored(1, new Error("broken")))
    }
    expect(said.map(({ message }) => message)).toEqual([
      "chained of partition 0 has failed and goes on from its last commit",
      "chained of partition 1 has failed and goes on from its last commit",
      "chained of partition 0 has failed and goes on from its last commit (for 30 s now, 29 times since it was last said)",
      "chained of partition 1 has failed and goes on from its last commit (for 30 s now, 29 times since it was last said)",
    ])
  })

  it("begins anew where it did not happen for a while", () => {
    const { said, sink, at } = setUp()
    for (const second of [0, 40, 200, 240]) {
      at(second * 1_000)
      sink.emit(restored(0, new Error("broken")))
    }
    expect(said.map(({ message }) => /for \d+ s/.exec(message)?.[0])).toEqual([
      undefined,
      "for 40 s",
      undefined,
      "for 40 s",
    ])
  })

  it("keeps a bounded memory of what was said", () => {
    const { said, sink } = setUp()
    for (let n = 0; n < 5_000; n++) sink.emit({ code: "http.failed", message: `request ${n}`, cause: new Error("x") })
    expect(said.length).toBe(5_000)
  })
})
