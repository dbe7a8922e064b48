/** Open-loop load: it submits at the times that were set beforehand, whatever becomes of the earlier ones. */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises"
import { encodeSubmitted, publishKnowledge, submitControl } from "@assay/engine"
import { type Log, type NewRecord, partitionOf, UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Attempt } from "./attempts.ts"
import type { Said, Traffic } from "./traffic.ts"

export interface Load {
  /** Submits no more; resolves when all answers are there, good or bad. */
  stop(): Promise<void>
}

/** Keeps what was tried: all of it (`AttemptLog`), or what became of each place alone where a run is long (`../soak/ledger.ts`). */
export interface Attempts {
  unanswered: number
  attempt(partition: number, key: Uint8Array, bytes: Uint8Array, planted?: boolean): Attempt
  acknowledge(attempt: Attempt, offset: number): void
}

export interface SubmitterOptions {
  readonly log: Log
  readonly attemptLog: Attempts
  /** A submission failed for good in a way that is no outage. */
  readonly onProblem: (cause: unknown) => void
}

export interface Submitter {
  /** Hands one submission to the log. Resolves when there is an answer. */
  submit(said: Said): Promise<void>
  /** When (by `performance.now()`) the message at this place was submitted; forgotten when asked. */
  sentAt(partition: number, offset: number): number | null
}

/** Beyond this the load waits: a generator that keeps everything would fall before the brokers rise. */
const MAX_OPEN = 20_000
const TICK_MS = 10
/** Signing takes the whole thread: after so many in a row others get their turn. */
const IN_A_ROW = 8

interface Sending {
  readonly planted: boolean
  readonly partition: number
  readonly key: Uint8Array
  /** What names it in the attempt log. */
  readonly bytes: Uint8Array
  readonly record: NewRecord
}

const recordOf = (said: Extract<Said, { kind: "message" | "planted" }>, partitions: number): Sending => {
  const { key } = said
  const partition = partitionOf(key, partitions)
  if (said.kind === "message")
    return { planted: false, partition, key, bytes: said.envelope.bytes, record: encodeSubmitted(key, said.envelope) }
  const { value, headers, absent } = said
  const record = {
    key,
    value,
    ...(headers === undefined ? {} : { headers }),
    ...(absent === undefined ? {} : { absent }),
  }
  return { planted: true, partition, key, bytes: value, record }
}

export const submitter = ({ log, attemptLog, onProblem }: SubmitterOptions): Submitter => {
  const sent = new Map<string, number>()
  const tell = (cause: unknown): void => {
    if (!(cause instanceof UnavailableError)) onProblem(cause)
  }
  const submit = async (said: Said): Promise<void> => {
    try {
      if (said.kind === "control") {
        await submitControl(log, said.tokens)
        return
      }
      if (said.kind === "knowledge") {
        await publishKnowledge(log, said.item, Buffer.from(said.body))
        return
      }
      const { partition, key, bytes, record, planted } = recordOf(said, log.partitions)
      const attempt = attemptLog.attempt(partition, key, bytes, planted)
      const at = performance.now()
      try {
        const { offset } = await log.append({ stream: STREAMS.submitted, partition }, [record])
        attemptLog.acknowledge(attempt, offset)
        sent.set(`${partition}/${offset}`, at)
      } catch (cause) {
        attemptLog.unanswered++
        throw cause
      }
    } catch (cause) {
      tell(cause)
    }
  }
  const sentAt = (partition: number, offset: number): number | null => {
    const place = `${partition}/${offset}`
    const at = sent.get(place) ?? null
    sent.delete(place)
    return at
  }
  return { submit, sentAt }
}

export interface LoadOptions {
  readonly traffic: Traffic
  readonly perSecond: number
  readonly through: Submitter
}

export const startLoad = ({ traffic, perSecond, through }: LoadOptions): Load => {
  const pending = new Set<Promise<void>>()
  let stopping = false
  const running = (async () => {
    const started = performance.now()
    let done = 0
    for (const said of traffic.run()) {
      while (!stopping && (done > ((performance.now() - started) / 1000) * perSecond || pending.size > MAX_OPEN))
        await sleep(TICK_MS)
      if (stopping) return
      done++
      if (done % IN_A_ROW === 0) await nextTurn()
      const one = through.submit(said).finally(() => pending.delete(one))
      pending.add(one)
    }
  })()
  return {
    stop: async () => {
      stopping = true
      await running
      await Promise.all(pending)
    },
  }
}
