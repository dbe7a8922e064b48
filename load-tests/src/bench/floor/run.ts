/** Measures the floor: processes without work, as many as the real pipeline has, through a warm-up and then from standing start. */
import { type ChildProcess, fork } from "node:child_process"
import { openKafka } from "@assay/log-kafka"
import { ALL_STREAMS, ROLES } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { type Process, startCounting } from "../cpu.ts"
import { type Drain, drainOf } from "../drain.ts"
import { fillWith, sendToLog } from "../target.ts"
import { makeTopics, settingsOf } from "../target-kafka.ts"
import type { Message } from "../workload.ts"
import type { FloorTask, Hop } from "./plan.ts"
import type { Through, Until } from "./worker.ts"

export interface FloorOptions {
  readonly brokers: ReadonlyArray<string>
  /** Of this floor alone; its topics are made. */
  readonly prefix: string
  /** Of the real run. */
  readonly samples: string
  readonly hops: ReadonlyArray<Hop>
  readonly partitions: number
  readonly warmUp: ReadonlyArray<Message>
  /** Measured one after the other. */
  readonly rounds: ReadonlyArray<ReadonlyArray<Message>>
  readonly batchRecords: number | null
  readonly zstd: boolean
  /** Whose CPU is counted beside that of the floor's processes. */
  readonly others: ReadonlyArray<Process>
}

const WORKER = new URL("./worker.ts", import.meta.url)

/** Resolves with the worker's next word. @throws Error where it ends instead */
const answerOf = (worker: ChildProcess): Promise<Through> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`a process of the floor ended with exit code ${code}`))
    worker.once("exit", ended)
    worker.once("message", (message: Through) => {
      worker.off("exit", ended)
      resolve(message)
    })
  })

const through = (worker: ChildProcess, records: number): Promise<Through> => {
  const answer = answerOf(worker)
  worker.send({ until: records } satisfies Until)
  return answer
}

const nameOf = (hop: Hop): string => {
  const stage = STAGES.find((candidate) => SERVICE_NAMES[candidate] === hop.group)
  return `floor ${stage ?? hop.group}`
}

export const measureFloor = async (options: FloorOptions): Promise<ReadonlyArray<Drain>> => {
  const { brokers, prefix, samples, hops, partitions, warmUp, rounds, batchRecords, zstd, others } = options
  await makeTopics(brokers, prefix, partitions)
  const log = await openKafka({ settings: settingsOf(brokers, prefix), streams: ALL_STREAMS, roles: ROLES })
  const workers = hops.map((hop) => {
    const task: FloorTask = { brokers, prefix, samples, hop, batchRecords, zstd }
    return fork(WORKER, [JSON.stringify(task)], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
  })
  const own = workers.map(({ pid }, nth) => ({ name: nameOf(hops[nth]!), pid: pid! }))
  let filled = 0
  const drain = async (messages: ReadonlyArray<Message>): Promise<Drain> => {
    for (const worker of workers) worker.kill("SIGSTOP")
    await fillWith(sendToLog(log), messages)
    filled += messages.length
    const counted = startCounting([...own, ...others])
    const started = performance.now()
    const done = Promise.all(workers.map((worker) => through(worker, filled)))
    for (const worker of workers) worker.kill("SIGCONT")
    await done
    return drainOf(messages.length, (performance.now() - started) / 1000, counted())
  }
  try {
    await Promise.all(workers.map(answerOf))
    await drain(warmUp)
    const drains: Array<Drain> = []
    for (const messages of rounds) drains.push(await drain(messages))
    return drains
  } finally {
    for (const worker of workers) worker.kill("SIGKILL")
    await log.close()
  }
}
