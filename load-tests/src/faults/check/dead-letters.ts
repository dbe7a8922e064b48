/** Dead letters: those planted, as they came, and no others. */
import { recordsOf } from "@assay/cli/open-log"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { fingerprint } from "../attempts.ts"
import { Findings, type Result } from "./result.ts"
import { checkSame, checkSequence, type Seen } from "./sequence.ts"
import type { Submitted } from "./submitted.ts"

export const CLAIM = "the dead letters are the planted records, untouched, each once and in order, and no others"

const text = (value: Uint8Array | ReadonlyArray<Uint8Array> | undefined): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : ""

export const checkDeadLetters = async (
  log: Log,
  submitted: ReadonlyArray<ReadonlyArray<Submitted>>,
): Promise<Result> => {
  const findings = new Findings()
  for (const [partition, entries] of submitted.entries()) {
    const unreadable = new Map(entries.filter(({ kind }) => kind === "unreadable").map((one) => [one.offset, one]))
    const seen: Array<Seen> = []
    for await (const { offset, key, value, headers = {} } of recordsOf(log, STREAMS.deadletter, partition)) {
      const place = `deadletter ${partition}/${offset}`
      const [topic, at] = [text(headers["trust.error.topic"]), Number(text(headers["trust.error.offset"]))]
      if (topic !== STREAMS.submitted) findings.add(`${place} comes from ${topic}, where nothing was planted`)
      else seen.push({ origin: at, offset })
      if (unreadable.has(at) && fingerprint(key, value) !== unreadable.get(at)!.hash)
        findings.add(`${place} does not hold the record of submitted ${partition}/${at}`)
    }
    const found = checkSequence("deadletter", partition, seen, findings)
    checkSame("deadletter", partition, found, new Set(unreadable.keys()), findings)
  }
  return findings.result("dead-letters", CLAIM)
}
