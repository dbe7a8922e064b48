/** The three things that a sink must stand: a load, a receiver that stands still, and kill -9 at random. */
import { existsSync, mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { randomOf } from "@assay/fleet"
import { openEmbedded } from "@assay/log/embedded"
import { issue, makeAuthority } from "@assay/testkit/certificates"
import { type ReceiverName, type SyslogReceiver, startReceiver } from "@assay/testkit/syslog"
import { type Checked, check } from "./check.ts"
import { cpuOf, type Exporter, startExporter } from "./exporter.ts"
import { startWriter, type Writer } from "./writer.ts"

const PARTITIONS = 4
/** All that is written must be there within so long after the last of it. */
const DRAIN_MS = 300_000
const POLL_MS = 200
const WORK_MS = 60_000

export interface PartOptions {
  readonly dir: string
  readonly receiver: ReceiverName
  readonly perSecond: number
  readonly progress: (line: string) => void
}

export interface PartReport {
  readonly part: string
  readonly seconds: number
  readonly checked: Checked
  /** After the last event was written, until the receiver had all. */
  readonly drainSeconds: number
  /** CPU of the exporter and of the receiver, microseconds an event; null where processes were killed. */
  readonly exporterUs: number | null
  readonly receiverUs: number | null
  readonly kills: number
}

interface Plant {
  readonly writer: Writer
  readonly start: () => Exporter
  readonly startReceiver: () => Promise<SyslogReceiver>
}

const withPlant = async <T>(
  { dir, receiver }: PartOptions,
  part: string,
  work: (plant: Plant) => Promise<T>,
): Promise<T> => {
  const own = join(dir, part)
  mkdirSync(own, { recursive: true })
  makeAuthority(own, "ca")
  issue(own, "ca", "siem")
  const [ca, cert, key] = ["ca.pem", "siem.pem", "siem.key"].map((file) => join(own, file)) as [string, string, string]
  const log = await openEmbedded({ dir: join(own, "data"), partitions: PARTITIONS })
  let port: number | undefined
  const begin = async (): Promise<SyslogReceiver> => {
    const started = await startReceiver(receiver, {
      dir: own,
      tls: { ca, cert, key },
      ...(port === undefined ? {} : { port }),
    })
    port = started.port
    return started
  }
  const start = (): Exporter =>
    startExporter(own, [
      "--to",
      `syslog+tls://127.0.0.1:${port}?ca=${ca}&storm=0&timeout=10`,
      "--state",
      "state",
      "--outcome",
      "quarantined",
    ])
  try {
    return await work({ writer: startWriter(log), start, startReceiver: begin })
  } finally {
    await log.close()
  }
}

/** Until the receiver's file has so many distinct keys. @returns seconds; never more than a bound: the check says what is missing */
const drained = async (writer: Writer, receiver: SyslogReceiver): Promise<number> => {
  const from = performance.now()
  const keys = writer.keys()
  while (performance.now() - from < DRAIN_MS) {
    const got = new Set(receiver.received().map(({ parameters }) => parameters["key"]))
    if (got.size >= keys.size) break
    await delay(POLL_MS)
  }
  return (performance.now() - from) / 1_000
}

const perEvent = (seconds: number, count: number): number => Math.round((seconds * 1_000_000) / Math.max(1, count))

/** @param pauseSeconds the receiver stands still for so long in the middle; 0: it does not */
export const load = (options: PartOptions, part: string, seconds: number, pauseSeconds: number): Promise<PartReport> =>
  withPlant(options, part, async ({ writer, start, startReceiver: begin }) => {
    const receiver = await begin()
    const exporter = start()
    const from = performance.now()
    const writing = writer.run(options.perSecond, () => performance.now() - from > seconds * 1_000)
    if (pauseSeconds > 0) {
      await delay((seconds * 1_000) / 3)
      receiver.signal("SIGSTOP")
      options.progress(`${part}: the receiver stands still for ${pauseSeconds} s`)
      await delay(pauseSeconds * 1_000)
      receiver.signal("SIGCONT")
    }
    await writing
    const drainSeconds = await drained(writer, receiver)
    const cpu = [cpuOf(exporter.process.pid), cpuOf(receiver.process.pid)] as const
    await exporter.stop()
    await receiver.stop()
    const checked = check(writer.keys(), receiver.received())
    return {
      part,
      seconds,
      checked,
      drainSeconds,
      exporterUs: perEvent(cpu[0], checked.received),
      receiverUs: perEvent(cpu[1], checked.received),
      kills: 0,
    }
  })

/**
 * Until the exporter runs and the receiver's file has grown since, or for a bound: a process that cannot start is found by the
 * check. What is left of an exporter that was killed may still arrive, so its growth does not count.
 */
const isAtWork = async (exporter: Exporter, { file }: SyslogReceiver): Promise<void> => {
  const from = performance.now()
  const until = async (is: () => boolean): Promise<void> => {
    while (!is() && performance.now() - from < WORK_MS) await delay(POLL_MS / 20)
  }
  await until(exporter.isUp)
  const size = (): number => (existsSync(file) ? statSync(file).size : 0)
  const before = size()
  await until(() => size() > before)
}

/** Of the kills, so many in a hundred hit the receiver. */
const RECEIVER_SHARE = 30

export const kills = (options: PartOptions, part: string, rounds: number, seed: string): Promise<PartReport> =>
  withPlant(options, part, async ({ writer, start, startReceiver: begin }) => {
    const random = randomOf(`sinks\0${seed}`)
    let receiver = await begin()
    let exporter = start()
    let isOver = false
    const from = performance.now()
    const writing = writer.run(options.perSecond, () => isOver)
    for (let round = 1; round <= rounds; round++) {
      // In the middle of its work: it has sent something since it was started, and there is more to send.
      await isAtWork(exporter, receiver)
      await delay(random.below(300))
      if (random.below(100) < RECEIVER_SHARE) {
        receiver.signal("SIGKILL")
        await new Promise((resolve) => receiver.process.once("close", resolve))
        await delay(random.below(500))
        receiver = await begin()
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
      kills: rounds,
    }
  })
