/** `npm run bench:load`: an open-loop load on one deployment, its knee, and how fast it works off a backlog. */
import { randomBytes } from "node:crypto"
import { type Command, main } from "@assay/infra/local"
import { describeMachine, machineLine } from "../machine.ts"
import { environmentOf, oneOf, ratesOf } from "./arguments.ts"
import { type BenchBroker, benchBroker } from "./broker.ts"
import { measureDrain } from "./drain.ts"
import { LIMITS } from "./knee.ts"
import { kneeLine, latencyPlot, sweepTable, writeReport } from "./report.ts"
import { LOAD, LoadGenerator, ratesFrom } from "./sweep.ts"
import type { Target } from "./target.ts"
import { openEmbeddedTarget } from "./target-embedded.ts"
import { makeTopics, openKafkaTarget } from "./target-kafka.ts"
import { LEARNING, makeWorkload, type WorkloadOptions } from "./workload.ts"

const withTarget = async <A>(
  engine: "embedded" | "kafka",
  options: WorkloadOptions & {
    topology: Target["topology"]
    via: Target["via"]
    heap: string
    env: Readonly<Record<string, string>>
  },
  progress: (line: string) => void,
  use: (target: Target, broker: BenchBroker | null, workload: ReturnType<typeof makeWorkload>) => Promise<A>,
): Promise<A> => {
  const { topology, via, partitions, heap, env } = options
  if (engine === "embedded") {
    // The log is created first: what is older than it is refused.
    const workload = makeWorkload(options)
    const target = await openEmbeddedTarget({ topology, via, partitions, workload })
    try {
      return await use(target, null, workload)
    } finally {
      await target.close()
    }
  }
  const broker = await benchBroker(heap, progress)
  const prefix = `load-${randomBytes(4).toString("hex")}.`
  try {
    await makeTopics(broker.brokers, prefix, partitions)
    const workload = makeWorkload(options)
    const target = await openKafkaTarget({ brokers: broker.brokers, prefix, topology, via, workload, env })
    try {
      return await use(target, broker, workload)
    } finally {
      await target.close()
    }
  } finally {
    await broker.forget([prefix])
    await broker.stop()
  }
}

const load: Command = {
  name: "bench:load",
  summary:
    "Sends really signed messages at times set beforehand and counts latency from those times; rates rise until p99 or the backlog diverges. A broker of its own is started, or KAFKA_BROKERS used.",
  options: {
    engine: { type: "string", value: "NAME", default: "embedded", help: "embedded or kafka" },
    topology: { type: "string", value: "NAME", default: "chained", help: "chained or staged" },
    via: { type: "string", value: "WAY", default: "log", help: "log (append) or http (POST /v1/messages)" },
    rates: { type: "string", value: "N,N", default: "", help: "messages per second, rising; else shares of the drain" },
    devices: { type: "string", value: "N", default: "1000", help: "size of the fleet" },
    attacks: { type: "string", value: "PERCENT", default: "0", help: "share of messages from the attack catalogue" },
    drain: { type: "string", value: "N", default: "20000", help: "messages of the backlog that is drained first" },
    seconds: { type: "string", value: "N", default: String(LOAD.seconds), help: "measured at each rate" },
    warmup: { type: "string", value: "N", default: String(LOAD.warmUpSeconds), help: "seconds before, not measured" },
    refine: { type: "string", value: "N", default: "2", help: "how often the gap at the knee is halved" },
    p99: { type: "string", value: "MS", default: String(LIMITS.p99), help: "above, a rate is not sustained" },
    partitions: { type: "string", value: "N", default: "2", help: "partitions of the log" },
    seed: { type: "string", value: "TEXT", default: "load", help: "keys follow from it" },
    env: {
      type: "string",
      value: "K=V;K=V",
      default: "",
      help: "for the services on Kafka: ASSAY_LINGER_MS=20, NODE_OPTIONS=... and so on",
    },
    heap: { type: "string", value: "SIZE", default: "512m", help: "memory of the broker's JVM" },
    out: { type: "string", value: "DIR", default: "bench-out", help: "where JSON, table and plot go" },
  },
  run: async (given, progress) => {
    const engine = oneOf("engine", given.text("engine"), ["embedded", "kafka"])
    const topology = oneOf("topology", given.text("topology"), ["chained", "staged"])
    const via = oneOf("via", given.text("via"), ["log", "http"])
    const rates = ratesOf(given.text("rates"))
    const devices = given.whole("devices", 1, 1_000_000)
    const attackShare = given.whole("attacks", 0, 90) / 100
    const drained = given.whole("drain", 1_000, 10_000_000)
    const seconds = given.whole("seconds", 1, 3_600)
    const warmUpSeconds = given.whole("warmup", 0, 3_600)
    const refinements = given.whole("refine", 0, 10)
    const limits = { ...LIMITS, p99: given.whole("p99", 1, 600_000) }
    const partitions = given.whole("partitions", 1, 64)
    const guessed = rates.length === 0 ? 40_000 * seconds : rates.reduce((sum, rate) => sum + rate, 0) * (seconds + 4)
    const options = {
      ...{ devices, partitions, seed: given.text("seed"), attackShare, messages: drained + guessed },
      ...{ lines: via === "http", topology, via, heap: given.text("heap"), env: environmentOf(given.text("env")) },
    }
    return withTarget(engine, options, progress, async (target, broker, workload) => {
      const machine = describeMachine(broker?.version ?? null)
      progress("enrolling the fleet ...")
      await target.send(workload.enrolment)
      await target.settled()
      await target.send(workload.next(Math.min(drained, devices * LEARNING)))
      await target.settled()
      progress(`draining ${drained} messages ...`)
      const { drain } = await measureDrain(target, workload.next(drained), broker?.processes)
      progress(`drained ${drain.perSecond.toFixed(0)}/s; rising rates ...`)
      const settings = { ...LOAD, seconds, warmUpSeconds }
      const generator = await LoadGenerator.on(target, workload, settings, {
        others: broker?.processes ?? [],
        progress,
      })
      const planned = rates.length > 0 ? rates : ratesFrom(drain.perSecond)
      const sweep = await generator.sweep(planned, refinements, limits)
      const half = sweep.knee === null ? null : await generator.rate(sweep.knee / 2, 2 * seconds)
      const kind = { engine, topology, via, devices, partitions, attackShare, attacks: workload.attacks }
      const report = { kind, machine, limits, drain, sweep, atHalfTheKnee: half }
      const name = `load-${engine}-${topology}${via === "http" ? "-http" : ""}${attackShare > 0 ? "-attacks" : ""}`
      const cpu = Object.entries(drain.cpuUs).map(([process, us]) => `${process} ${us?.toFixed(0) ?? "unknown"}`)
      const lines = [
        `${engine}, ${topology}, by ${via}, ${devices} devices, ${given.text("attacks")} % attacks`,
        machineLine(machine),
        `drain: ${drain.messages} messages in ${drain.seconds.toFixed(1)} s, ${drain.perSecond.toFixed(0)}/s; us of CPU each: ${cpu.join(", ")}`,
        "",
        sweepTable(sweep),
        kneeLine(sweep),
        ...(half === null ? [] : ["", "at half the knee, ms:", sweepTable({ ...sweep, rates: [half] })]),
      ]
      const title = `Latency by rate: ${engine}, ${topology}${attackShare > 0 ? `, ${given.text("attacks")} % attacks` : ""}`
      const plot = latencyPlot(title, [{ name: topology, sweep }], machine, limits)
      const files = writeReport(given.text("out"), name, report, lines.join("\n"), plot)
      return { value: report, lines: [...lines, "", `written: ${files.join(", ")}`] }
    })
  },
}

if (import.meta.main) await main(load)
