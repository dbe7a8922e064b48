/** Hands the fleet's submissions to the log, in order within each partition, and never too far ahead of the decisions. */

import { encodeSubmitted, publishKnowledge, submitControl } from "@assay/engine"
import type { Submission } from "@assay/fleet"
import { type Log, type NewRecord, partitionOf } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Ledger } from "./ledger.ts"

const CHUNK = 256
/** Enough to keep the verify threads busy; few enough that latency says something. */
const MAX_OPEN = 3_000

interface Waiting {
  readonly records: Array<NewRecord>
  readonly submissions: Array<Extract<Submission, { kind: "message" }>>
}

const POLL_MS = 5

/** Yields to the pipeline until there is room: to that of this process, or to processes that need the cores. */
const roomIn = async (log: Log, ledger: Ledger): Promise<void> => {
  const { shared } = log.traits
  while (ledger.open > MAX_OPEN)
    await new Promise<void>((resolve) => {
      if (shared) setTimeout(resolve, POLL_MS)
      else setImmediate(resolve)
    })
}

/** @param onProgress after each chunk, with how many submissions were taken */
export const feed = async (
  log: Log,
  plan: Iterable<Submission>,
  ledger: Ledger,
  onProgress: (taken: number) => void,
): Promise<number> => {
  const waiting = new Map<number, Waiting>()
  let inChunk = 0
  let taken = 0
  const flush = async (): Promise<void> => {
    const groups = [...waiting]
    waiting.clear()
    inChunk = 0
    await Promise.all(
      groups.map(async ([partition, { records, submissions }]) => {
        const at = performance.now()
        const { offset } = await log.append({ stream: STREAMS.submitted, partition }, records)
        submissions.forEach((submission, nth) => {
          ledger.submit({ epoch: log.epoch, partition, offset: offset + nth }, submission.label, at)
        })
      }),
    )
    onProgress(taken)
    await roomIn(log, ledger)
  }
  for (const submission of plan) {
    taken++
    if (submission.kind === "message") {
      const partition = partitionOf(submission.key, log.partitions)
      const group = waiting.get(partition) ?? { records: [], submissions: [] }
      group.records.push(encodeSubmitted(submission.key, submission.envelope))
      group.submissions.push(submission)
      waiting.set(partition, group)
      if (++inChunk >= CHUNK) await flush()
      continue
    }
    await flush()
    const at = performance.now()
    const origins =
      submission.kind === "control"
        ? // A command for the whole fleet lies in every partition; its outcome is recorded in the first.
          (await submitControl(log, submission.tokens)).slice(0, 1)
        : (await publishKnowledge(log, submission.item, Buffer.from(submission.body))).origins
    for (const origin of origins) ledger.submit(origin, submission.label, at, false)
  }
  await flush()
  return taken
}
