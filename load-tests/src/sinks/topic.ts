/** The topic sink: a process that writes decisions and brings them into a stream of the same log, killed at random. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { randomOf } from "@assay/fleet"
import { recordsIn } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { processEnvironment, withoutSettings } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { check, type Got } from "./check.ts"
import type { PartReport } from "./report.ts"
import { PARTITIONS } from "./writer.ts"

const CHILD = fileURLToPath(new URL("./topic.child.ts", import.meta.url))

interface Run {
  readonly process: ChildProcess
  /** Resolves when it has exported something. */
  readonly working: Promise<void>
  readonly ended: Promise<unknown>
}

/** @param last it writes nothing new, and ends when all is there */
const start = (dir: string, perSecond: number, last = false): Run => {
  const child = spawn(process.execPath, [CHILD, dir, String(perSecond), String(last)], {
    env: withoutSettings(processEnvironment()),
    stdio: ["ignore", "pipe", "inherit"],
  })
  const ended = new Promise((resolve) => child.once("close", resolve))
  const working = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()))
  return { process: child, ended, working: Promise.race([working, ended.then(() => undefined)]) }
}

export interface TopicOptions {
  readonly dir: string
  readonly perSecond: number
  readonly rounds: number
  readonly seed: string
  readonly progress: (line: string) => void
}

/** Killed in the middle of its work each time; then once to its end. */
export const killTopic = async ({ dir, perSecond, rounds, seed, progress }: TopicOptions): Promise<PartReport> => {
  const part = "killed: topic"
  const own = join(dir, "topic")
  mkdirSync(own, { recursive: true })
  const random = randomOf(`topic\0${seed}`)
  const from = performance.now()
  for (let round = 1; round <= rounds; round++) {
    const run = start(own, perSecond)
    await run.working
    await delay(random.below(300))
    run.process.kill("SIGKILL")
    await run.ended
    if (round % 10 === 0) progress(`${part}: ${round} of ${rounds} kills`)
  }
  const seconds = Math.round((performance.now() - from) / 1_000)
  const drain = performance.now()
  await start(own, perSecond, true).ended
  const drainSeconds = (performance.now() - drain) / 1_000
  const log = await openEmbedded({ dir: join(own, "data"), partitions: PARTITIONS, readOnly: true })
  const written = new Set<string>()
  const received: Array<Got> = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for await (const { offset } of recordsIn(log, STREAMS.quarantined, partition))
      written.add(`1/${partition}/${offset}`)
    for await (const { key } of recordsIn(log, STREAMS.siemJson, partition))
      received.push({ key: Buffer.from(key).toString(), isMarked: false })
  }
  await log.close()
  return {
    part,
    seconds,
    checked: check(written, received),
    drainSeconds,
    exporterUs: null,
    receiverUs: null,
    memory: null,
    kills: rounds,
  }
}
