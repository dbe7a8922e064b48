/** What a running deployment on Kafka does between two moments: messages, commits, CPU, bytes on disk and on the network. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import type { DiskPart } from "@assay/cli/capacity"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { type Process, startCounting } from "../bench/cpu.ts"
import type { Target } from "../bench/target.ts"
import { sumOf } from "../faults/process-counters.ts"
import { startReference } from "./reference.ts"

export interface Observed {
  readonly messages: number
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
  /** Milliseconds from the time at which a message was due to its decision; null where none was sent. */
  readonly latency: { readonly p50: number; readonly p99: number } | null
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

const batchesOf = async (urls: ReadonlyArray<string>): Promise<number> => {
  const texts = await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()))
  return texts.reduce((sum, text) => sum + sumOf(text, "assay_batches_total"), 0)
}

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
): Promise<(messages: number, latency: Observed["latency"]) => Promise<Observed>> => {
  const { target, prefix, dataDir, partitions, brokers } = observing
  const { processes, urls = [] } = target
  const talkers = [process.pid, ...processes.map(({ pid }) => pid)]
  const io = (): number => talkers.reduce((sum, pid) => sum + ioOf(pid), 0)
  const batches = await batchesOf(urls)
  const disk = diskOf(dataDir, prefix)
  const reference = startReference()
  const started = performance.now()
  const cpu = startCounting([...processes, ...brokers])
  const bytes = io()
  return async (messages, latency) => {
    const network = io() - bytes
    const { broker, ...services } = cpu()
    const seconds = (performance.now() - started) / 1_000
    const slow = reference()
    const after = diskOf(dataDir, prefix)
    const written = Object.fromEntries(
      Object.entries(after).map(([part, size]) => [part, size - disk[part as DiskPart]]),
    ) as Record<DiskPart, number>
    const groups = target.topology === "staged" ? Object.keys(SERVICE_NAMES).length : 1
    for (const [name, us] of Object.entries({ ...services, broker }))
      if (us == null) throw new Error(`the CPU of ${name} is unknown: it ended, or there is no /proc here`)
    return {
      messages,
      commits: ((await batchesOf(urls)) - batches) / groups,
      seconds,
      partitions,
      services: services as Record<string, number>,
      broker: broker!,
      disk: written,
      network: network - 2 * written.submitted,
      reference: slow,
      latency,
    }
  }
}
