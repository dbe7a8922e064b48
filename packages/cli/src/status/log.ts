/** What the log itself says of a deployment: groups, what waits, what is sealed, what Assay failed at. Takes nothing. */
import { sealedHead } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { logName } from "@assay/trust"
import { behindOf, expectedGroups, type Members } from "../doctor/groups.ts"
import { kept, unsealedOf } from "../doctor/record.ts"
import { CHAINED, STAGED } from "../judging-groups.ts"

export interface ServiceStatus {
  readonly name: string
  /** Processes in its group; null on the embedded log, where one process has all. */
  readonly processes: number | null
  /** At most so many entries wait. */
  readonly entries: number
  /** Of the oldest of them, and where; null where none waits. */
  readonly ms: number
  readonly partition: number | null
}

export interface LogStatus {
  readonly name: string
  readonly engine: "embedded" | "kafka"
  readonly epoch: number
  readonly partitions: number
  /** Empty where nobody works on it, and nobody ever did. */
  readonly services: ReadonlyArray<ServiceStatus>
  /** Whether a process may work on it: on the embedded log the one that has the directory open. */
  readonly running: boolean
  readonly unsealed: { readonly partition: number; readonly ms: number }
  /** Of all partitions; the newest event in them, milliseconds since 1970. Null where nothing was sealed. */
  readonly checkpoint: { readonly leaves: number; readonly time: number; readonly partitions: number } | null
  readonly undecided: number
  readonly deadLetters: number
}

const checkpointOf = async (log: Log): Promise<LogStatus["checkpoint"]> => {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition)
  const heads = (await Promise.all(partitions.map((at) => sealedHead(log, at)))).filter((head) => head !== null)
  if (heads.length === 0) return null
  return {
    leaves: heads.reduce((sum, { size }) => sum + size, 0),
    time: Math.max(...heads.map(({ time }) => time)),
    partitions: heads.length,
  }
}

export interface Looking {
  readonly log: Log
  /** On Kafka; null on the embedded log. */
  readonly members: Members | null
  /** Whether a process has the embedded log open. */
  readonly isHeld: () => boolean
}

/** @param now milliseconds since 1970 @throws what the log says */
export const logStatus = async ({ log, members, isHeld }: Looking, now: number): Promise<LogStatus> => {
  const present = (await members?.([CHAINED, ...STAGED].map(({ name }) => name))) ?? new Map<string, number>()
  const groups = await expectedGroups(log, present)
  const services = await Promise.all(
    groups.map(async (group): Promise<ServiceStatus> => {
      const { name } = group
      return {
        name,
        processes: members === null ? null : (present.get(name) ?? 0),
        ...(await behindOf(log, group, now)),
      }
    }),
  )
  const { worst } = await unsealedOf(log, now)
  return {
    name: logName(log),
    engine: log.traits.engine,
    epoch: log.epoch,
    partitions: log.partitions,
    services,
    running: members === null ? isHeld() : services.some(({ processes }) => (processes ?? 0) > 0),
    unsealed: worst,
    checkpoint: await checkpointOf(log),
    undecided: await kept(log, STREAMS.undecided),
    deadLetters: log.traits.headers ? await kept(log, STREAMS.deadletter) : 0,
  }
}
