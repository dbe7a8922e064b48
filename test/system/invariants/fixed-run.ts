/** What every message of a fixed sequence came to, judged in a new log whose clock only the sequence moves. */

import { type Decided, encodeSubmitted } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { partitionOf } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { Driver, type DriverOptions } from "@assay/testkit/driver"
import type { AuditEvent, Origin } from "@assay/trust"
import { type Sequence, START, type Step } from "./fixed-sequence.ts"
import { operatorsAtWork } from "./operators.ts"

const PARTITIONS = 4
/** Between two submissions: all must be submitted before the presentations are too old, after 600 s. */
const PACE_MS = 5
const DAY_MS = 24 * 60 * 60 * 1000

export interface Run {
  /** One line for each message, by origin: `partition/offset`, outcome, reasons, trust, reputation; tabs between. */
  readonly verdicts: ReadonlyArray<string>
  /** One line for each audit event, by origin and index; without `rejected-batch`, which is about a batch. */
  readonly events: ReadonlyArray<string>
  /** On `submitted`, with what the stages appended. */
  readonly entries: number
}

export interface RunOptions extends Pick<DriverOptions, "topology" | "batchRecords"> {
  /** Closes the log at every pause and restores each state from its changelog. */
  readonly restart?: boolean
}

/** Submits and judges the sequence, then lets operators, and days of silence, do their part. */
export const runSequence = async ({ world, steps }: Sequence, options: RunOptions = {}): Promise<Run> => {
  const { restart = false, ...rest } = options
  const driver = await Driver.open({ roots: world.rootSet, now: START * 1000, partitions: PARTITIONS, ...rest })
  try {
    const decided: Array<Decided> = []
    const decide = async (): Promise<void> => {
      await driver.settle()
      decided.push(...driver.decided.splice(0))
      if (restart) await driver.restart()
    }
    let pending: Array<Promise<unknown>> = []
    for (const step of steps) {
      if (step.kind === "pause") {
        await Promise.all(pending)
        pending = []
        await decide()
        continue
      }
      const taken = take(driver, step)
      // A message has its place and time as soon as the log was called. Knowledge is several writes, one after the other.
      if (step.kind === "submit" && step.submission.kind === "message") pending.push(taken)
      else await taken
    }
    const silent = [0, 1, 2, 3].map((n) => world.device(`silent ${n}`, { ordinal: n }))
    for (const device of silent) await driver.say(device.did, device.presentation())
    await decide()
    for (let n = 0; n < 12; n++) await speak(driver, silent)
    await operatorsAtWork(driver, world)
    await decide()
    // Days later: first what was said before the silence, then what is said now.
    for (let n = 0; n < 2; n++) await speak(driver, silent)
    for (let n = 0; n < 12; n++) await speak(driver, silent, Math.floor(driver.now / 1000))
    // The last messages come when bundle and policy have expired.
    await driver.tick(31 * DAY_MS)
    await speak(driver, silent, Math.floor(driver.now / 1000))
    await decide()
    return await resultOf(driver, decided)
  } finally {
    await driver.close()
  }
}

const take = async (driver: Driver, step: Exclude<Step, { kind: "pause" }>): Promise<unknown> => {
  if (step.kind === "tick") return driver.tick(0)
  if (step.kind === "junk") {
    for (let partition = 0; partition < PARTITIONS; partition++)
      await driver.raw(STREAMS.submitted, partition, step.value)
    return
  }
  const { submission } = step
  if (submission.kind !== "message") return driver.submit([submission], PACE_MS)
  driver.now += PACE_MS
  const at = { stream: STREAMS.submitted, partition: partitionOf(submission.key, PARTITIONS) }
  return driver.log.append(at, [encodeSubmitted(submission.key, submission.envelope)])
}

/** @param iat seconds since 1970; by default what the devices' own clocks show */
const speak = async (driver: Driver, devices: ReadonlyArray<Device>, iat?: number): Promise<void> => {
  for (const device of devices) await driver.say(device.did, device.message(iat === undefined ? {} : { iat }))
}

const resultOf = async (driver: Driver, decided: ReadonlyArray<Decided>): Promise<Run> => {
  const events = (await driver.audit()).filter(({ kind }) => kind !== "rejected-batch")
  return {
    verdicts: [...decided].sort(byOrigin).map(verdictLine),
    events: [...events].sort((a, b) => byOrigin(a, b) || a.index - b.index).map(eventLine),
    entries: (await driver.records(STREAMS.submitted)).length,
  }
}

const byOrigin = (a: { readonly origin: Origin }, b: { readonly origin: Origin }): number =>
  a.origin.partition - b.origin.partition || a.origin.offset - b.origin.offset

const line = (origin: Origin, ...fields: ReadonlyArray<string | number | null>): string =>
  [`${origin.partition}/${origin.offset}`, ...fields.map((field) => (field === null ? "-" : String(field)))].join("\t")

/** Numbers as JavaScript prints them: read back they give the same bits. */
const verdictLine = ({ origin, decision: { outcome, reasons, trust, reputation } }: Decided): string =>
  line(origin, outcome, reasons.join(" "), trust, reputation)

const eventLine = ({ origin, index, kind, device, from, to, count, reasons, decision }: AuditEvent): string => {
  const decided = decision === null ? [] : [decision.kind, decision.outcome, decision.reasons.join(" ")]
  return line(origin, index, kind, device, from, to, count, reasons.join(" "), ...decided)
}
