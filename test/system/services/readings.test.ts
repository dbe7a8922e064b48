/** A node that makes rows of readings: beside judging, exactly once, over a restart, and beside threads that own the partitions. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import type { Log } from "@assay/log"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed, decodeQualityRow, decodeReadingRow } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { plainNode } from "@assay/testkit/plain-node"
import { afterEach, beforeEach, expect, it, vi } from "vitest"

const STEP_MS = 120_000
let dir: string
let world: World
let device: Device
const problems: Array<string> = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-readings-"))
  world = new World({ seed: "readings", now: Math.floor(Date.now() / 1000) })
  device = world.device("one")
  problems.length = 0
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const open = (workers: number | null): Promise<OpenNode> =>
  openNode(SERVICES, {
    ...plainNode(join(dir, "data"), world.rootSet),
    workers,
    readings: { wanted: "all", format: "avro" },
    onProblem: (what, cause) => problems.push(`${what}: ${(cause as Error).message}`),
  })

const say = async ({ log }: OpenNode, messages: ReadonlyArray<Uint8Array>): Promise<void> => {
  const records = messages.map((bytes) => encodeSubmitted(Buffer.from(device.did), envelopeOf(bytes)))
  await log.append({ stream: STREAMS.submitted, partition: 0 }, records)
}

const some = (count: number): ReadonlyArray<Uint8Array> => Array.from({ length: count }, () => device.message().bytes)

const valuesOf = async (log: Log, stream: string): Promise<ReadonlyArray<Uint8Array>> =>
  (await log.read({ stream, partition: 0 }, 0, 100_000, 1 << 28)).map(({ value }) => value)

/** Every reading of the decided messages, and every row, by origin and place. */
const compared = async (log: Log) => {
  const readings: Array<string> = []
  const rows: Array<string> = []
  for (const stream of [STREAMS.verified, STREAMS.annotated])
    for (const value of await valuesOf(log, stream)) {
      const { origin, readings: list } = decodeAssayed(value)
      for (const [n, { name, value: measured }] of list.entries())
        readings.push(`${origin.offset}#${n} ${name} ${measured}`)
    }
  for (const stream of [STREAMS.readingsVerified, STREAMS.readingsAnnotated])
    for (const value of await valuesOf(log, stream)) {
      const row = decodeReadingRow(value)
      rows.push(`${row.originOffset}#${row.position} ${row.name} ${row.value}`)
      expect({ device: row.device, zone: typeof row.zone }).toEqual({ device: device.did, zone: "string" })
    }
  return { readings: readings.sort(), rows: rows.sort() }
}

it.each([
  ["the main thread judges", 0],
  ["threads judge", 1],
])(
  "every reading has its row once, and counts add up to the messages, where %s",
  async (_, workers) => {
    let node = await open(workers)
    await publishKnowledge(node.log, "bundle", world.signedBundle)
    await publishKnowledge(node.log, "policy", world.signedPolicy)
    await say(node, [device.presentation().bytes, ...some(30)])
    await node.settled()
    await node.readings!.settled()
    if (workers === 0) {
      await node.close()
      node = await open(workers)
    }
    await say(node, some(30))
    await node.settled()
    await node.readings!.settled()
    const { readings, rows } = await compared(node.log)
    expect(rows.length).toBeGreaterThan(60)
    expect(rows).toEqual(readings)
    const counts = (await valuesOf(node.log, STREAMS.readingsQuality)).map((value) => decodeQualityRow(value))
    expect(counts.reduce((sum, { messages }) => sum + messages, 0)).toBe(60)
    await vi.waitFor(async () => {
      const text = await (await fetch(new URL("/metrics", node.url!))).text()
      expect(text).toMatch(/^assay_sink_up\{sink="readings"\} 1$/m)
      expect(text).toMatch(/^assay_readings_rows_total [1-9]/m)
      expect(text).toMatch(
        /^assay_quality_messages_total\{class="[^"]+",zone="[^"]+",outcome="(verified|annotated)"\} [1-9]/m,
      )
    }, 10_000)
    await node.close()
    expect(problems.filter((problem) => !problem.includes("tried again"))).toEqual([])
  },
  STEP_MS,
)
