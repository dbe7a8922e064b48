/** What a sink must stand: a load, a receiver that stands still, and kill -9 at random. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { randomOf } from "@assay/fleet"
import { openEmbedded } from "@assay/log/embedded"
import type { ReceiverName } from "@assay/testkit/syslog"
import { cpuOf, type Exporter, memoryOf, startExporter } from "../exporter.ts"
import { check } from "./check.ts"
import { httpReceiver } from "./http-receiver.ts"
import { fileReceiver, type Receiver } from "./receiver.ts"
import type { PartReport } from "./report.ts"
import { syslogReceiver } from "./syslog-receiver.ts"
import { PARTITIONS, startWriter, type Writer } from "./writer.ts"

/** Kinds of sinks that `assay export` serves as a process; a topic has a part of its own (`topic.ts`). */
export const EXPORTED = ["syslog", "webhook", "elastic", "file"] as const
export type ExportedKind = (typeof EXPORTED)[number]

/** All that is written must be there within so long after the last of it. */
const DRAIN_MS = 600_000
const POLL_MS = 200
const WORK_MS = 60_000

export interface PartOptions {
  readonly dir: string
  readonly kind: ExportedKind
  /** Of the kind `syslog`. */
  readonly receiver: ReceiverName
  readonly perSecond: number
  readonly progress: (line: string) => void
}

interface Plant {
  readonly writer: Writer
  readonly receiver: Receiver
  readonly start: () => Exporter
}

const makers: Readonly<Record<ExportedKind, (dir: string, name: ReceiverName) => Promise<Receiver>>> = {
  syslog: syslogReceiver,
  webhook: (dir) => httpReceiver(dir, "webhook"),
  elastic: (dir) => httpReceiver(dir, "elastic"),
  file: async (dir) => fileReceiver(dir),
}

const withPlant = async <T>(
  { dir, kind, receiver: name }: PartOptions,
  part: string,
  work: (plant: Plant) => Promise<T>,
): Promise<T> => {
  const own = join(dir, part.replaceAll(/\W+/g, "-"))
  mkdirSync(own, { recursive: true })
  const log = await openEmbedded({ dir: join(own, "data"), partitions: PARTITIONS })
  try {
    const receiver = await makers[kind](own, name)
    const start = (): Exporter =>
      startExporter(own, ["--to", receiver.to, "--state", "state", "--outcome", "quarantined"])
    return await work({ writer: await startWriter(log), receiver, start })
  } finally {
    await log.close()
  }
}

/** Until the receiver has all, each at least once. @returns seconds; never more than a bound: the check says what is missing */
const drained = async (writer: Writer, receiver: Receiver): Promise<number> => {
  const from = performance.now()
  const keys = writer.keys()
  let size = -1
  while (performance.now() - from < DRAIN_MS) {
    // All of it is read only where it has come to rest: that takes seconds when it is much.
    const now = receiver.size()
    if (now === size && new Set(receiver.received().map(({ key }) => key)).size >= keys.size) break
    size = now
    await delay(POLL_MS)
  }
  return (performance.now() - from) / 1_000
}

const perEvent = (seconds: number, count: number): number => Math.round((seconds * 1_000_000) / Math.max(1, count))

/** After the first event was received, until the receiver stands still, and after it has come back, until the load ends. */
const STEADY_MS = 10_000

/**
 * @param seconds how long decisions are written; where the receiver stands still, as long as that takes
 * @param pauseSeconds the receiver stands still for so long; 0: it does not
 */
export const load = (options: PartOptions, part: string, seconds: number, pauseSeconds: number): Promise<PartReport> =>
  withPlant(options, part, async ({ writer, receiver, start }) => {
    const exporter = start()
    const { pid } = exporter.process
    const from = performance.now()
    let isOver = false
    const writing = writer.run(
      options.perSecond,
      () => isOver || (pauseSeconds === 0 && performance.now() - from > seconds * 1_000),
    )
    let memory: PartReport["memory"] = null
    if (pauseSeconds > 0) {
      await isAtWork(exporter, receiver)
      await delay(STEADY_MS)
      const before = memoryOf(pid)
      memory = { before, most: before }
      receiver.signal("SIGSTOP")
      options.progress(`${part}: the receiver stands still for ${pauseSeconds} s`)
      for (const end = performance.now() + pauseSeconds * 1_000; performance.now() < end; await delay(1_000))
        memory = { before, most: Math.max(memory.most, memoryOf(pid)) }
      receiver.signal("SIGCONT")
      await delay(STEADY_MS)
      isOver = true
    }
    await writing
    const lasted = Math.round((performance.now() - from) / 1_000)
    const drainSeconds = await drained(writer, receiver)
    const cpu = [cpuOf(pid), cpuOf(receiver.pid() ?? undefined)] as const
    if (memory !== null) memory = { ...memory, most: Math.max(memory.most, memoryOf(pid)) }
    await exporter.stop()
    await receiver.stop()
    const checked = check(writer.keys(), receiver.received())
    return {
      part,
      seconds: lasted,
      checked,
      drainSeconds,
      exporterUs: perEvent(cpu[0], checked.received),
      receiverUs: receiver.pid() === null ? null : perEvent(cpu[1], checked.received),
      memory,
      kills: 0,
    }
  })

/**
 * Until the exporter runs and the receiver has more than before, or for a bound: a process that cannot start is found by the
 * check. What is left of an exporter that was killed may still arrive, so its growth does not count.
 */
const isAtWork = async (exporter: Exporter, receiver: Receiver): Promise<void> => {
  const from = performance.now()
  const until = async (is: () => boolean): Promise<void> => {
    while (!is() && performance.now() - from < WORK_MS) await delay(POLL_MS / 20)
  }
  await until(exporter.isUp)
  const before = receiver.size()
  await until(() => receiver.size() > before)
}

/** Of the kills, so many in a hundred hit the receiver, where there is one. */
const RECEIVER_SHARE = 30

export const kills = (options: PartOptions, part: string, rounds: number, seed: string): Promise<PartReport> =>
  withPlant(options, part, async ({ writer, receiver, start }) => {
    const random = randomOf(`${part}\0${seed}`)
    let exporter = start()
    let isOver = false
    const from = performance.now()
    const writing = writer.run(options.perSecond, () => isOver)
    for (let round = 1; round <= rounds; round++) {
      // In the middle of its work: it has sent something since it was started, and there is more to send.
      await isAtWork(exporter, receiver)
      await delay(random.below(300))
      if (random.below(100) < RECEIVER_SHARE && receiver.pid() !== null) {
        await receiver.kill()
        await delay(random.below(500))
        await receiver.restart()
      } else {
        await exporter.kill()
        exporter = start()
      }
      if (round % 10 === 0) options.progress(`${part}: ${round} of ${rounds} kills, ${writer.written()} events`)
    }
    isOver = true
    await writing
    const seconds = Math.round((performance.now() - from) / 1_000)
    const drainSeconds = await drained(writer, receiver)
    await exporter.stop()
    await receiver.stop()
    return {
      part,
      seconds,
      checked: check(writer.keys(), receiver.received()),
      drainSeconds,
      exporterUs: null,
      receiverUs: null,
      memory: null,
      kills: rounds,
    }
  })
