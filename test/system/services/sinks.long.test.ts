/** Sinks are parts of a node: fed beside judging from what is committed, and never in its way. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import type { Outcome, Sink } from "@assay/egress"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { type OpenNode, openNode, readSinks, type SinkPlan } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { plainNode } from "@assay/testkit/plain-node"
import { afterEach, beforeEach, expect, it, vi } from "vitest"

const STEP_MS = 120_000
let dir: string
let world: World
let device: Device
const problems: Array<string> = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-sinks-"))
  world = new World({ seed: "sinks", now: Math.floor(Date.now() / 1000) })
  device = world.device("one")
  problems.length = 0
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const open = (sinks: ReadonlyArray<SinkPlan>): Promise<OpenNode> =>
  openNode(SERVICES, {
    ...plainNode(join(dir, "data"), world.rootSet),
    sinks,
    onProblem: (what, cause) => problems.push(`${what}: ${(cause as Error).message}`),
  })

const say = async ({ log }: OpenNode, count: number, junk = 0): Promise<void> => {
  const envelopes = [
    ...Array.from({ length: count }, () => device.message().bytes),
    ...Array.from({ length: junk }, (_, n) => Buffer.from(`junk ${n}`)),
  ].map((bytes) => ({ bytes, mediaType: "application/jose", binding: "test", originator: null, principal: null }))
  const records = envelopes.map((envelope) => encodeSubmitted(Buffer.from(device.did), envelope))
  await log.append({ stream: STREAMS.submitted, partition: 0 }, records)
}

const begun = async (sinks: ReadonlyArray<SinkPlan>): Promise<OpenNode> => {
  const node = await open(sinks)
  await publishKnowledge(node.log, "bundle", world.signedBundle)
  await publishKnowledge(node.log, "policy", world.signedPolicy)
  return node
}

const rowsOf = (file: string): ReadonlyArray<{ readonly key: string; readonly outcome: Outcome }> =>
  readFileSync(join(dir, file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { key: string; outcome: Outcome })

const sink = (name: string, sinkOf: Partial<Sink>): SinkPlan => ({
  name,
  target: "a test",
  outcomes: ["verified", "annotated", "quarantined", "rejected", "undecided"],
  state: null,
  make: () => ({
    name,
    open: async () => undefined,
    write: async () => [],
    flush: async () => undefined,
    close: async () => undefined,
    ...sinkOf,
  }),
})

const read = async (node: OpenNode, path: string): Promise<string> => (await fetch(new URL(path, node.url!))).text()

it(
  "each has what it asks for, goes on behind its own position after a restart, and shows how far it is",
  async () => {
    const plans = readSinks(
      `all=file:${join(dir, "all.ndjson")},held=file:${join(dir, "held.ndjson")};quarantined+rejected`,
    )
    let node = await begun(plans)
    await say(node, 20, 5)
    await node.settled()
    for (const one of node.sinks.values()) await one.settled()
    expect(rowsOf("all.ndjson")).toHaveLength(25)
    const held = rowsOf("held.ndjson")
    expect(held.filter(({ outcome }) => outcome === "rejected")).toHaveLength(5)
    expect(held.every(({ outcome }) => outcome === "rejected" || outcome === "quarantined")).toBe(true)
    await vi.waitFor(async () => {
      const text = await read(node, "/metrics")
      expect(text).toMatch(/^assay_sink_exported_decisions_total\{sink="all"\} 25$/m)
      expect(text).toMatch(/^assay_sink_lag_records\{sink="all"\} 0$/m)
      expect(text).toMatch(/^assay_sink_up\{sink="held"\} 1$/m)
      expect(text).toMatch(/^assay_sink_refused_decisions_total\{sink="held"\} 0$/m)
      expect(text).toMatch(/^assay_sink_retries_total\{sink="all"\} 0$/m)
    }, 10_000)
    const shown = JSON.parse(await read(node, "/v1/sinks")) as { sinks: ReadonlyArray<object> }
    expect(shown.sinks).toMatchObject([
      { name: "all", group: "siem-all", status: "running", exported: 25, failures: 0 },
      { name: "held", group: "siem-held", outcomes: ["quarantined", "rejected"] },
    ])
    await node.close()
    node = await open(plans)
    await say(node, 5)
    await node.settled()
    for (const one of node.sinks.values()) await one.settled()
    const keys = rowsOf("all.ndjson").map(({ key }) => key)
    expect(keys).toHaveLength(30)
    expect(new Set(keys).size).toBe(30)
    await node.close()
    expect(problems).toEqual([])
  },
  STEP_MS,
)

it(
  "one that never takes what it is given holds up no stage, and not the stop",
  async () => {
    const written = vi.fn()
    const stuck = sink("stuck", {
      write: () => {
        written()
        return new Promise(() => undefined)
      },
    })
    const node = await begun([stuck, ...readSinks(`good=file:${join(dir, "good.ndjson")}`)])
    await say(node, 20)
    await node.settled()
    await vi.waitFor(() => expect(written).toHaveBeenCalled(), 10_000)
    await say(node, 500)
    await node.settled()
    expect((await node.log.bounds({ stream: STREAMS.submitted, partition: 0 })).end).toBeGreaterThan(520)
    expect(node.notReady()).toBeNull()
    await node.sinks.get("good")!.settled()
    expect(rowsOf("good.ndjson")).toHaveLength(520)
    await vi.waitFor(() => expect(node.sinks.get("stuck")!.metrics().lagRecords).toBeGreaterThan(0), 10_000)
    expect(node.sinks.get("stuck")!.metrics().exported).toBe(0)
    const from = performance.now()
    await node.close()
    expect(performance.now() - from).toBeLessThan(20_000)
  },
  STEP_MS,
)

it(
  "one whose place is not there keeps no node from starting, and has everything once it is",
  async () => {
    const away = join(dir, "not mounted")
    const node = await begun(readSinks(`late=file:${join(away, "late.ndjson")}`))
    await say(node, 10)
    await node.settled()
    expect(node.notReady()).toBeNull()
    await vi.waitFor(() => expect(problems[0]).toMatch(/^late: it could not be started, and is tried again: /), 10_000)
    expect(node.sinks.get("late")!.status()).toBe("starting")
    mkdirSync(away)
    await node.sinks.get("late")!.settled()
    expect(rowsOf(join("not mounted", "late.ndjson"))).toHaveLength(10)
    expect(node.sinks.get("late")!.metrics().failures).toBeGreaterThan(0)
    await node.close()
  },
  STEP_MS,
)

it(
  "one without a directory keeps its position in the log, and what it refuses for good is a line",
  async () => {
    const taken: Array<string> = []
    const picky = sink("picky", {
      write: async (items) => {
        const [first, ...rest] = items
        taken.push(...rest.map(({ key }) => key))
        return [{ item: first!, reason: "not this one" }]
      },
    })
    let node = await begun([picky])
    await say(node, 10)
    await node.settled()
    await node.sinks.get("picky")!.settled()
    const { exported, refused, deadLetters } = node.sinks.get("picky")!.metrics()
    expect(refused).toBeGreaterThan(0)
    expect({ exported, deadLetters }).toEqual({ exported: 10 - refused, deadLetters: refused })
    expect(taken).toHaveLength(exported)
    await node.close()
    node = await open([picky])
    await node.sinks.get("picky")!.settled()
    expect(node.sinks.get("picky")!.metrics().exported).toBe(0)
    await node.close()
    expect(existsSync(join(dir, "picky.state"))).toBe(false)
  },
  STEP_MS,
)
