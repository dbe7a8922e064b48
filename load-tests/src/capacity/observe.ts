/** What a running deployment on Kafka does between two moments: messages, commits, CPU, bytes on disk and on the network. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { DiskPart } from "@assay/cli/capacity"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { machineCpu, type Process, startCounting, totalOf } from "../bench/cpu.ts"
import type { Target } from "../bench/target.ts"
import { type Waits, waitsIn, waitsOf } from "../bench/waits.ts"
import { sumOf } from "../faults/process-counters.ts"
import { startReference } from "./reference.ts"

export interface Observed {
  readonly messages: number
  /** Messages a second while they were sent; 0: none. */
  readonly perSecond: number
  /** Of one service, all its partitions. */
  readonly commits: number
  readonly seconds: number
  readonly partitions: number
  /** Microseconds of CPU by service, and of the broker. */
  readonly services: Readonly<Record<string, number>>
  readonly broker: number
  readonly disk: Readonly<Record<DiskPart, number>>
  /** Bytes between the broker and all that is no broker, what goes to and comes from `submitted` left out. */
  readonly network: number
  /** Microseconds of CPU of one verification meanwhile: how slow the machine was. */
  readonly reference: number
  /** Cores that all the machine kept busy meanwhile, and of these those of nobody whom this run counts. */
  readonly busy: number
  readonly others: number
  /** Microseconds of CPU of this process, which sends and watches. */
  readonly generator: number
  /** How long batches took, by service. */
  readonly waits: Readonly<Record<string, Waits>>
  /** Milliseconds; null where nothing was sent. */
  readonly latency: Latency | null
}

/** Milliseconds of the messages of a run. */
interface Latency {
  /** From the time at which a message was due to its decision. */
  readonly mean: number
  readonly p50: number
  readonly p99: number
  /** From its sending to the answer of the log, and from being due to being sent: at shares 0, 0.01, ... 1. */
  readonly append: ReadonlyArray<number>
  readonly late: ReadonlyArray<number>
}

const STAGE_TOPICS: ReadonlySet<string> = new Set(STAGES.map((stage) => STAGE_STREAMS[stage].input))

const partOf = (stream: string): DiskPart | null => {
  if (stream === STREAMS.submitted) return "submitted"
  if (STAGE_TOPICS.has(stream)) return "stages"
  if (stream.endsWith(".state.v1")) return "changelog"
  if (stream === STREAMS.audit || stream === STREAMS.checkpoints || stream === STREAMS.knowledge) return "evidence"
  return stream.startsWith("telemetry.") || stream.startsWith("readings.") ? "outputs" : null
}

/** Bytes of the segments of a deployment's topics. */
export const diskOf = (dataDir: string, prefix: string): Record<DiskPart, number> => {
  const bytes: Record<DiskPart, number> = { submitted: 0, stages: 0, outputs: 0, evidence: 0, changelog: 0 }
  for (const path of readdirSync(dataDir, { recursive: true, encoding: "utf8" })) {
    const [name, topic = ""] = path.split("/").reverse()
    if (!name!.endsWith(".log") || !topic.startsWith(prefix)) continue
    const part = partOf(topic.slice(prefix.length).replace(/-\d+$/, ""))
    if (part !== null) bytes[part] += statSync(join(dataDir, path)).size
  }
  return bytes
}

/** Bytes that a process has read and written by system calls: all but its sockets is little here. */
const ioOf = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/io`, "utf8")
  return Number(/^rchar: (\d+)$/m.exec(text)![1]) + Number(/^wchar: (\d+)$/m.exec(text)![1])
}

const textsOf = (urls: ReadonlyArray<string>): Promise<ReadonlyArray<string>> =>
  Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()))

const batchesIn = (texts: ReadonlyArray<string>): number =>
  texts.reduce((sum, text) => sum + sumOf(text, "assay_batches_total"), 0)

export interface Observing {
  readonly target: Target
  readonly prefix: string
  readonly dataDir: string
  readonly partitions: number
  readonly brokers: ReadonlyArray<Process>
}

/** @returns what ends the observation; `messages` is what was sent meanwhile */
export const observe = async (
  observing: Observing,
): Promise<(messages: number, perSecond: number, latency: Observed["latency"]) => Promise<Observed>> => {
  const { target, prefix, dataDir, partitions, brokers } = observing
  const { processes, urls = [] } = target
  const talkers = [process.pid, ...processes.map(({ pid }) => pid)]
  const io = (): number => talkers.reduce((sum, pid) => sum + ioOf(pid), 0)
  const texts = await textsOf(urls)
  const disk = diskOf(dataDir, prefix)
  const reference = startReference()
  const started = performance.now()
  const machine = machineCpu()
  const cpu = startCounting([...processes, ...brokers])
  const own = process.cpuUsage()
  const bytes = io()
  return async (messages, perSecond, latency) => {
    const network = io() - bytes
    const spent = cpu()
    const { broker, ...services } = spent
    const { user, system } = process.cpuUsage(own)
    const all = machineCpu()
    const seconds = (performance.now() - started) / 1_000
    const slow = reference()
    const after = diskOf(dataDir, prefix)
    const written = Object.fromEntries(
      Object.entries(after).map(([part, size]) => [part, size - disk[part as DiskPart]]),
    ) as Record<DiskPart, number>
    const groups = target.topology === "staged" ? Object.keys(SERVICE_NAMES).length : 1
    for (const [name, us] of Object.entries({ ...services, broker }))
      if (us == null) throw new Error(`the CPU of ${name} is unknown: it ended, or there is no /proc here`)
    if (machine === null || all === null) throw new Error("how busy the machine is is unknown: there is no /proc here")
    const later = await textsOf(urls)
    const cores = (us: number): number => us / 1e6 / seconds
    return {
      ...{ messages, perSecond },
      commits: (batchesIn(later) - batchesIn(texts)) / groups,
      seconds,
      partitions,
      services: services as Record<string, number>,
      broker: broker!,
      disk: written,
      network: network - 2 * written.submitted,
      reference: slow,
      busy: cores(all - machine),
      others: Math.max(0, cores(all - machine - totalOf(spent) - user - system)),
      generator: user + system,
      waits: waitsOf(waitsIn(texts), waitsIn(later)),
      latency,
    }
  }
}
