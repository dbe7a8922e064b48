/** The streams between the stages: every entry passes each of them once, in the order of `submitted`. Staged only. */
import { recordsOf } from "@assay/cli/open-log"
import type { Log } from "@assay/log"
import { decodeEntry } from "@assay/schemas"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { Findings, type Result } from "./result.ts"
import { checkSame, checkSequence, type Seen } from "./sequence.ts"
import type { Submitted } from "./submitted.ts"

export const CLAIM =
  "along all five hops each entry is there exactly once, in the order of submitted, and none is left out or added"

const readHop = async (log: Log, stream: string, partition: number, findings: Findings): Promise<Array<Seen>> => {
  const seen: Array<Seen> = []
  for await (const { offset, value } of recordsOf(log, stream, partition)) {
    const { origin } = decodeEntry(value)
    if (origin === null) findings.add(`${stream} ${partition}/${offset} has no origin`)
    else seen.push({ origin: origin.offset, offset })
  }
  return seen
}

/** @param rejected by partition: origins that ended at the first stage */
export const checkHops = async (
  log: Log,
  submitted: ReadonlyArray<ReadonlyArray<Submitted>>,
  rejected: ReadonlyArray<ReadonlySet<number>>,
): Promise<Result> => {
  const findings = new Findings()
  for (const [partition, entries] of submitted.entries()) {
    let before: ReadonlyArray<Seen> = entries
      .filter(({ kind, offset }) => kind !== "unreadable" && !rejected[partition]!.has(offset))
      .map(({ offset }) => ({ origin: offset, offset }))
    for (const stage of STAGES) {
      const { input, output } = STAGE_STREAMS[stage]
      if (output === null) continue
      // A tick that came last may lie unread when a service is stopped; that it is no message is for `decisions` to know.
      const position = await log.position(SERVICE_NAMES[stage], { stream: input, partition })
      const expected = new Set(before.filter(({ offset }) => offset < position).map(({ origin }) => origin))
      const seen = await readHop(log, output, partition, findings)
      checkSame(output, partition, checkSequence(output, partition, seen, findings), expected, findings)
      before = seen
    }
  }
  return findings.result("hops", CLAIM)
}

/** What lies between `submitted` and the decisions; the tests plant into these. */
export const HOP_STREAMS: ReadonlyArray<string> = [
  STREAMS.identified,
  STREAMS.checked,
  STREAMS.hashed,
  STREAMS.segmented,
]
