/** What both epochs say of what devices sent before, during and after the growth. */
import { recordsOf } from "@assay/cli/open-log"
import { toRawEntry } from "@assay/engine"
import type { Epoch } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeAssayed, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Origin, Outcome } from "@assay/trust"
import { Findings, type Result } from "../faults/check/result.ts"
import { type Book, digestOf } from "./attempts.ts"

interface Decided {
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<string>
  readonly epoch: number
}

const keyOf = ({ epoch, partition, offset }: Origin): string => `${epoch}/${partition}/${offset}`

/** All messages on `submitted`, by their place. */
const submittedIn = async (log: Log, into: Map<string, string>): Promise<void> => {
  for (let partition = 0; partition < log.partitions; partition++)
    for await (const record of recordsOf(log, STREAMS.submitted, partition)) {
      const raw = toRawEntry(record, true, log.epoch, partition, 0)
      if (raw.kind === "message")
        into.set(`${log.epoch}/${partition}/${record.offset}`, digestOf(raw.message.envelope.bytes))
    }
}

/** All original decisions, by the place of the message; of one that is decided twice both. */
const decidedIn = async (log: Log, into: Map<string, Array<Decided>>): Promise<void> => {
  const add = (origin: Origin, outcome: Outcome, reasons: ReadonlyArray<string>): void => {
    const key = keyOf(origin)
    into.set(key, [...(into.get(key) ?? []), { outcome, reasons, epoch: origin.epoch }])
  }
  for (let partition = 0; partition < log.partitions; partition++) {
    for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
      for await (const { value } of recordsOf(log, stream, partition)) {
        const { origin, decision, verdicts } = decodeAssayed(value)
        const reasons = Object.values(verdicts).flatMap((verdict) => verdict?.reasons ?? [])
        if (decision?.kind === "original") add(origin, decision.outcome, reasons)
      }
    for await (const { value } of recordsOf(log, STREAMS.rejected, partition)) {
      const { origin, reasons } = decodeRejected(value)
      if (origin.offset >= 0) add(origin, "rejected", reasons)
    }
  }
}

/** One message in so many may look odd to a detector. */
const MOST_REPORTED = 50

export interface GrownCheck {
  readonly results: ReadonlyArray<Result>
  /** Decisions that are no rejection, of both epochs. */
  readonly decided: Readonly<Record<"former" | "next", number>>
  /** Copies of a message that was sent again, recognised as such. */
  readonly recognised: number
  /** Messages that lay in the former epoch and are decided in the next one. */
  readonly carried: number
  /** Of the former epoch, by the place; for a proof. */
  readonly former: ReadonlyArray<string>
}

/** @param logs the former one and the next; nobody works on them @param epoch the signed item */
export const checkGrown = async (
  [former, next]: readonly [Log, Log],
  epoch: Epoch,
  book: Book,
): Promise<GrownCheck> => {
  const submitted = new Map<string, string>()
  const decided = new Map<string, Array<Decided>>()
  for (const log of [former, next]) {
    await submittedIn(log, submitted)
    await decidedIn(log, decided)
  }
  const ends = new Map(epoch.previous.heads.map(({ partition, next: end }) => [partition, end]))

  const taken = new Findings()
  for (const [digest, said] of book)
    if (said.origin !== null) {
      taken.examined++
      if (submitted.get(keyOf(said.origin)) !== digest)
        taken.add(`what was acknowledged at ${keyOf(said.origin)} is not there: lost`)
    }

  const places = new Findings()
  for (const place of submitted.keys()) {
    places.examined++
    const [number, partition, offset] = place.split("/").map(Number) as [number, number, number]
    const isLate = number === former.epoch && offset >= ends.get(partition)!
    const found = decided.get(place)?.length ?? 0
    if (found !== (isLate ? 0 : 1)) places.add(`${place} has ${found} decisions${isLate ? " after the end" : ""}`)
  }
  for (const place of decided.keys())
    if (!submitted.has(place)) places.add(`${place} is decided and was never submitted: invented`)

  const byDigest = new Map<string, Array<Decided>>()
  let [recognised, carried] = [0, 0]
  const once = new Findings()
  for (const [place, digest] of submitted)
    for (const decision of decided.get(place) ?? []) {
      if (decision.outcome !== "rejected") byDigest.set(digest, [...(byDigest.get(digest) ?? []), decision])
      else if (decision.reasons.every((reason) => reason === "identity.replayed")) recognised++
      else once.add(`${place} is rejected: ${decision.reasons.join()}`)
    }
  const lateOnes = new Set(
    [...submitted].filter(([place]) => place.startsWith(`${former.epoch}/`) && !decided.has(place)).map(([, d]) => d),
  )
  for (const [digest, said] of book) {
    once.examined++
    const found = byDigest.get(digest) ?? []
    if (lateOnes.has(digest) && found.some(({ epoch: number }) => number === next.epoch)) carried++
    if (found.length > 1 || (said.acknowledged && found.length === 0))
      once.add(
        `a message of ${said.device} over ${said.by} is decided ${found.length} times: ${found.map((one) => one.epoch).join()}`,
      )
  }

  const states = new Findings()
  let reported = 0
  for (const found of byDigest.values())
    for (const { epoch: number, outcome, reasons } of found)
      if (number === next.epoch) {
        states.examined++
        // What a detector makes of the noise of a sensor has nothing to do with what moved.
        if (reasons.length > 0 && reasons.every((reason) => reason.startsWith("anomaly."))) reported++
        else if (outcome !== "verified") states.add(`a message in epoch ${number} is ${outcome}: ${reasons.join()}`)
      }
  if (reported > states.examined / MOST_REPORTED) states.add(`detectors report ${reported} of them`)
  const all = [...byDigest.values()].flat()
  return {
    results: [
      taken.result("taken", "every message that was acknowledged lies where that was said, in one epoch or the other"),
      places.result("places", "each place in an epoch has one decision, and none behind the end of the former one"),
      once.result("once", "each message is decided once over both epochs, and what came twice was recognised"),
      states.result("states", "devices go on as they were: all that they say in the next epoch is verified at once"),
    ],
    decided: {
      former: all.filter(({ epoch: number }) => number === former.epoch).length,
      next: all.filter(({ epoch: number }) => number === next.epoch).length,
    },
    recognised,
    carried,
    former: [...decided].flatMap(([place, [one]]) =>
      place.startsWith(`${former.epoch}/`) && one?.outcome === "verified" ? [place] : [],
    ),
  }
}
