/** `npm run bench:kafka`: what Kafka costs, and how much of what it leaves the pipeline makes use of. All in one run. */
import { randomBytes } from "node:crypto"
import { THREAD_KINDS, type VerifyOnly, verifyOnly } from "@assay/cli/bench"
import { table } from "@assay/cli/output"
import { type Command, main } from "@assay/infra/local"
import { NODE, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { describeMachine, machineLine } from "../machine.ts"
import { environmentOf, oneOf } from "./arguments.ts"
import { benchBroker } from "./broker.ts"
import { type Drain, medianOf } from "./drain.ts"
import { LIMITS } from "./knee.ts"
import { costOf, type Loop, leftByFloor, sharesOf } from "./ratios.ts"
import { kneeLine, latencyPlot, sweepTable, writeReport } from "./report.ts"
import { LOAD } from "./sweep.ts"
import { measureTopology, prefixesOf, type TopologyResult } from "./topology.ts"
import { makeWorkload } from "./workload.ts"

const VERIFY_SECONDS = 4
const SAMPLE = 2_000

const rowOf = (name: string, drain: Drain, verify: number): Array<string> => {
  const { node, broker, cores } = costOf(drain)
  return [
    name,
    drain.perSecond.toFixed(0),
    (drain.perSecond / verify).toFixed(2),
    node.toFixed(0),
    broker === null ? "-" : broker.toFixed(0),
    cores.toFixed(2),
  ]
}

const meanOf = (runs: ReadonlyArray<VerifyOnly>): Loop => ({
  perSecond: runs.reduce((sum, { perSecond }) => sum + perSecond, 0) / runs.length,
  cpuUs: runs.reduce((sum, { cpuUsPerSignature }) => sum + cpuUsPerSignature, 0) / runs.length,
})

const verifyRow = (name: string, loop: Loop, v: Loop): Array<string> => [
  name,
  loop.perSecond.toFixed(0),
  (loop.perSecond / v.perSecond).toFixed(2),
  loop.cpuUs.toFixed(0),
  "-",
  ((loop.cpuUs * loop.perSecond) / 1e6).toFixed(2),
]

const processLine = ({ topology, drains }: TopologyResult): string => {
  const parts = Object.entries(medianOf(drains).cpuUs).map(([name, us]) => `${name} ${us?.toFixed(0) ?? "unknown"}`)
  return `${topology}, us of CPU for one message: ${parts.join(", ")}`
}

const threadsLine = ({ topology, drains }: TopologyResult): ReadonlyArray<string> => {
  const { threads } = medianOf(drains)
  if (threads === null) return []
  const parts = THREAD_KINDS.map((kind) => `${kind} ${threads[kind].toFixed(0)}`)
  return [`${topology}, us of CPU of Node for one message by kind of thread: ${parts.join(", ")}`]
}

const bytesLine = ({ topology, written, drains }: TopologyResult): string => {
  const messages = drains.reduce((sum, drain) => sum + drain.messages, 0)
  const parts = written
    .filter(({ records }) => records > 0)
    .map(
      ({ stream, records, bytes }) => `${stream} ${(records / messages).toFixed(2)} x ${Math.round(bytes / records)}`,
    )
  return `${topology}, records for one message x bytes each: ${parts.join(", ")}`
}

const bench: Command = {
  name: "bench:kafka",
  summary:
    "Measures beside each other: a loop that only verifies signatures, the same bytes through the same hops without any work (the floor), the pipeline chained, and staged as five processes. A broker of its own is started, or KAFKA_BROKERS used; then its CPU is not counted.",
  options: {
    messages: { type: "string", value: "N", default: "40000", help: "measured in each round" },
    warmup: { type: "string", value: "N", default: "20000", help: "messages decided before, not measured" },
    rounds: { type: "string", value: "N", default: "3", help: "of each run; the median counts" },
    devices: { type: "string", value: "N", default: "1000", help: "size of the fleet" },
    seconds: { type: "string", value: "N", default: String(LOAD.seconds), help: "for each rate; 0 leaves latency out" },
    partitions: { type: "string", value: "N", default: "2", help: "partitions of the logs" },
    batch: { type: "string", value: "N", default: "0", help: "records of a batch; 0: the engine's default" },
    topology: { type: "string", value: "NAME", default: "both", help: "chained, staged or both" },
    heap: { type: "string", value: "SIZE", default: "512m", help: "memory of the broker's JVM" },
    seed: { type: "string", value: "TEXT", default: "bench", help: "keys follow from it" },
    env: {
      type: "string",
      value: "K=V;K=V",
      default: "",
      help: "for the services: NODE_OPTIONS=--cpu-prof --cpu-prof-dir=DIR, ASSAY_WORKERS=0 and so on",
    },
    out: { type: "string", value: "DIR", default: "bench-out", help: "where JSON, table and plot go" },
  },
  run: async (given, progress) => {
    const messages = given.whole("messages", 1_000, 10_000_000)
    const seconds = given.whole("seconds", 0, 3_600)
    const batch = given.whole("batch", 0, 10_000)
    const shape = {
      messages,
      warmUp: given.whole("warmup", 1_000, 10_000_000),
      rounds: given.whole("rounds", 1, 100),
      devices: given.whole("devices", 1, 1_000_000),
      partitions: given.whole("partitions", 1, 64),
      seed: given.text("seed"),
      batchRecords: batch === 0 ? null : batch,
    }
    const load = seconds === 0 ? null : { ...LOAD, seconds, refinements: 1, limits: LIMITS }
    const env = environmentOf(given.text("env"))
    const asked = oneOf("topology", given.text("topology"), ["chained", "staged", "both"])
    const topologies = asked === "both" ? (["chained", "staged"] as const) : [asked]
    // As the services will have it: their environment is this one, and what --env says.
    const { backend } = readSettings({ backend: NODE.verifyBackend }, { ...processEnvironment(), ...env })
    const broker = await benchBroker(given.text("heap"), progress)
    const prefix = `bench-${randomBytes(4).toString("hex")}.`
    const machine = describeMachine(broker.version)
    const verified: Array<VerifyOnly> = []
    const best: Array<VerifyOnly> = []
    const results: Array<TopologyResult> = []
    try {
      const sample = makeWorkload({ ...shape, attackShare: 0, messages: 0 }).next(SAMPLE)
      const tokens = sample.map(({ token }) => token)
      const verify = async (): Promise<void> => {
        progress("verifying only, all cores ...")
        verified.push(await verifyOnly(tokens, VERIFY_SECONDS))
        best.push(await verifyOnly(tokens, VERIFY_SECONDS, { best: true, backend }))
      }
      await verify()
      for (const topology of topologies) {
        results.push(await measureTopology({ ...shape, topology, broker, prefix, env, load, progress }))
        await verify()
      }
    } finally {
      await broker.forget(prefixesOf(prefix))
      await broker.stop()
    }
    const [v, b] = [meanOf(verified), meanOf(best)]
    const shares = results.flatMap((result) => sharesOf(v, b, result))
    const rows = results.flatMap((result) => {
      const floor = medianOf(result.floor)
      return [
        rowOf(`floor of ${result.topology}`, floor, v.perSecond),
        [
          `what it leaves of B`,
          ...[leftByFloor(b.perSecond, floor.perSecond)].flatMap((rate) => [
            rate.toFixed(0),
            (rate / v.perSecond).toFixed(2),
          ]),
          "-",
          "-",
          "-",
        ],
        rowOf(result.topology, medianOf(result.drains), v.perSecond),
      ]
    })
    const lines = [
      machineLine(machine),
      `${messages} messages a round, median of ${shape.rounds}; ${shape.devices} devices, ${shape.partitions} partitions`,
      "",
      table(
        ["run", "messages/s", "of V", "us Node", "us broker", "cores busy"],
        [verifyRow("V, verify only", v, v), verifyRow(`B, best backends (${best[0]!.backend})`, b, v), ...rows],
        [1, 2, 3, 4, 5],
      ),
      "",
      ...results.flatMap((result) => [processLine(result), ...threadsLine(result), bytesLine(result)]),
      "",
      table(
        ["", "measured", "by CPU", "target", ""],
        shares.map(({ name, value, byCpu, target, met }) => [
          name,
          value.toFixed(2),
          byCpu === null ? "" : byCpu.toFixed(2),
          `${name.includes("p99") ? "below" : "at least"} ${target}`,
          met ? "met" : "MISSED",
        ]),
        [1, 2],
      ),
      ...results.flatMap(({ topology, sweep, atHalfTheKnee }) =>
        sweep === null
          ? []
          : [
              "",
              `${topology}, latency by rate, ms:`,
              sweepTable(sweep),
              kneeLine(sweep),
              ...(atHalfTheKnee === null
                ? []
                : ["at half the knee:", sweepTable({ ...sweep, rates: [atHalfTheKnee] })]),
            ],
      ),
    ]
    const report = { shape, machine, verifyOnly: verified, verifyBest: best, results, shares }
    const sweeps = results.flatMap(({ topology, sweep }) => (sweep === null ? [] : [{ name: topology, sweep }]))
    const plot = sweeps.length === 0 ? null : latencyPlot("Latency by rate on Kafka", sweeps, machine)
    const files = writeReport(given.text("out"), "bench-kafka", report, lines.join("\n"), plot)
    return { value: report, lines: [...lines, "", `written: ${files.join(", ")}`] }
  },
}

if (import.meta.main) await main(bench)
