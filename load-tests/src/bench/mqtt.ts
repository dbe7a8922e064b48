/** `npm run bench:mqtt`: the same open loop by HTTP and through a broker, with a connection for each device, on one node in one run. */
import { type Command, main } from "@assay/infra/local"
import { describeMachine, machineLine } from "../machine.ts"
import { ratesOf } from "./arguments.ts"
import { LIMITS, type Sweep } from "./knee.ts"
import { openMqttSite } from "./mqtt-site.ts"
import { kneeLine, latencyPlot, sweepTable, writeReport } from "./report.ts"
import { SubmittedPlaces } from "./submitted-places.ts"
import { LOAD, LoadGenerator, type LoadSettings } from "./sweep.ts"
import type { Target } from "./target.ts"
import { openEmbeddedTarget } from "./target-embedded.ts"
import { LEARNING, makeWorkload, type Workload } from "./workload.ts"

type OnDecided = Parameters<Target["watch"]>[0]

/** One look at the decisions for two generators: a target is watched once. */
const sharedWatch = (target: Target) => {
  const listeners: Array<OnDecided> = []
  let watching: Promise<void> | null = null
  return (onDecided: OnDecided): Promise<void> => {
    listeners.push(onDecided)
    watching ??= target.watch((partition, offset, now) => {
      for (const listener of listeners) listener(partition, offset, now)
    })
    return watching
  }
}

const over = async (
  target: Target,
  workload: Workload,
  rates: ReadonlyArray<number>,
  settings: LoadSettings,
  progress: (line: string) => void,
): Promise<Sweep> => {
  const generator = await LoadGenerator.on(target, workload, settings, { others: [], progress })
  return generator.sweep(rates, 0, LIMITS)
}

const bench: Command = {
  name: "bench:mqtt",
  summary:
    "Sends really signed messages at times set beforehand, by POST /v1/messages and then through a mosquitto and an adapter with a connected client for each device; latency counts from those times to the committed decision.",
  options: {
    rates: { type: "string", value: "N,N", default: "100,200,400,800,1600", help: "messages per second, rising" },
    devices: { type: "string", value: "N", default: "1000", help: "connected devices" },
    seconds: { type: "string", value: "N", default: String(LOAD.seconds), help: "measured at each rate" },
    warmup: { type: "string", value: "N", default: String(LOAD.warmUpSeconds), help: "seconds before, not measured" },
    partitions: { type: "string", value: "N", default: "2", help: "partitions of the log" },
    seed: { type: "string", value: "TEXT", default: "load", help: "keys follow from it" },
    out: { type: "string", value: "DIR", default: "bench-out", help: "where JSON, table and plot go" },
  },
  run: async (given, progress) => {
    const rates = ratesOf(given.text("rates"))
    const devices = given.whole("devices", 1, 10_000)
    const partitions = given.whole("partitions", 1, 64)
    const settings = {
      ...LOAD,
      seconds: given.whole("seconds", 1, 3_600),
      warmUpSeconds: given.whole("warmup", 0, 3_600),
    }
    const machine = describeMachine(null)
    const workload = makeWorkload({
      ...{ devices, partitions, seed: given.text("seed"), attackShare: 0, messages: 0, lines: true },
    })
    const target = await openEmbeddedTarget({ topology: "chained", via: "http", partitions, workload })
    try {
      progress("enrolling the fleet ...")
      await target.send(workload.enrolment)
      await target.settled()
      await target.send(workload.next(devices * LEARNING))
      await target.settled()
      const watch = sharedWatch(target)
      progress("by HTTP:")
      const http = await over({ ...target, log: target.log, watch }, workload, rates, settings, progress)
      progress(`connecting ${devices} devices ...`)
      const places = await SubmittedPlaces.from(target.log)
      const dids = workload.enrolment.map(({ record }) => Buffer.from(record.key).toString("utf8"))
      const site = await openMqttSite(target.url!, dids, places)
      try {
        progress("by MQTT:")
        const { send, processes } = site
        const through = { ...target, log: target.log, send, processes: [...target.processes, ...processes], watch }
        const mqtt = await over(through, workload, rates, settings, progress)
        const { connected } = site
        const { lost, repeated } = places
        const report = { machine, devices, partitions, http, mqtt, connected, lost, repeated }
        const lines = [
          `${devices} devices, ${connected} of them connected at the end; ${lost} messages lost, ${repeated} twice in the log`,
          machineLine(machine),
          ...["", "by HTTP, ms:", sweepTable(http), kneeLine(http)],
          ...["", "by MQTT, ms:", sweepTable(mqtt), kneeLine(mqtt)],
        ]
        const sweeps = [
          { name: "HTTP", sweep: http },
          { name: "MQTT", sweep: mqtt },
        ]
        const plot = latencyPlot("Latency by rate: HTTP and MQTT", sweeps, machine)
        const files = writeReport(given.text("out"), "load-mqtt", report, lines.join("\n"), plot)
        return { value: report, lines: [...lines, "", `written: ${files.join(", ")}`] }
      } finally {
        await site.close()
        await places.stop()
      }
    } finally {
      await target.close()
    }
  },
}

if (import.meta.main) await main(bench)
