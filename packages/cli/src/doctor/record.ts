/** The audit record: is it sealed, and did Assay itself fail at entries? */
import { ageOf, lagFrom } from "@assay/consumer"
import { SEALER_GROUP } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { type Finding, fail, ok, warn } from "./finding.ts"
import { BEHIND_MS } from "./groups.ts"

export interface Unsealed {
  /** Audit events that were sealed; 0 where none ever was. */
  readonly sealed: number
  /** Of the oldest event that no sealer has committed, and where it is. */
  readonly worst: { readonly partition: number; readonly ms: number }
}

export const unsealedOf = async (log: Log, now: number): Promise<Unsealed> => {
  let worst = { partition: 0, ms: 0 }
  let sealed = 0
  for (let partition = 0; partition < log.partitions; partition++) {
    const at = { stream: STREAMS.audit, partition }
    const upTo = await log.position(SEALER_GROUP, at)
    sealed += upTo
    const ms = await ageOf(log, at, upTo, now)
    if (ms > worst.ms) worst = { partition, ms }
  }
  return { sealed, worst }
}

/** How old the oldest event is that no sealer has committed. @param isRunning whether somebody should be sealing now */
export const sealFinding = async (log: Log, isRunning: boolean, now: number): Promise<Finding> => {
  const { sealed, worst } = await unsealedOf(log, now)
  if (worst.ms === 0) return ok("sealer", "every audit event is sealed")
  const found = `${sealed === 0 ? "nothing was ever sealed; " : ""}the oldest audit event that is not sealed is ${Math.round(worst.ms / 1_000)} s old (partition ${worst.partition})`
  if (worst.ms <= BEHIND_MS) return ok("sealer", found)
  return isRunning
    ? fail(
        "sealer",
        found,
        "run the sealer: one integrity-hasher (or chained node) with --data DIR, its directory; its /readyz says why it does not seal",
      )
    : warn("sealer", found, "a node seals it when it is started on this directory")
}

/** At most so many records of a stream are kept, and 0 only where there is none: offsets have gaps, and markers of transactions may lie there alone. */
export const kept = async (log: Log, stream: string): Promise<number> => {
  let count = 0
  for (let partition = 0; partition < log.partitions; partition++) {
    const at = { stream, partition }
    const { start } = await log.bounds(at)
    const { records } = await lagFrom(log, at, start, 0)
    count += records
  }
  return count
}

/** Entries that Assay failed at, and records that are none of ours; offsets may have gaps, so both are upper bounds. */
export const faultFindings = async (log: Log): Promise<ReadonlyArray<Finding>> => {
  const undecided = await kept(log, STREAMS.undecided)
  const foreign = log.traits.headers ? await kept(log, STREAMS.deadletter) : 0
  return [
    ...(undecided === 0
      ? []
      : [
          fail(
            "undecided",
            `up to ${undecided} entries are kept undecided: a stage of Assay failed at them`,
            "keep the data and report the log line entries.undecided; docs/guides/operations.md#alert-assayundecided",
          ),
        ]),
    ...(foreign === 0
      ? []
      : [
          warn(
            "dead letters",
            `up to ${foreign} records are kept that are none of ours`,
            "find out who writes to our topics (assay tail deadletter); docs/guides/operations.md#alert-assaydeadletters",
          ),
        ]),
  ]
}
