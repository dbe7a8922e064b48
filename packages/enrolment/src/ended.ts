/** Which device's hardware is free again, by a command of operators that the last stage has recorded as accepted. */
import type { Log } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { controlDetailOf, type Verb } from "@assay/trust"
import { EnrolmentRefused } from "./refusal.ts"

/** Verbs after which the hardware of their target may stand for another device: its key counts no more, or operators say so. */
const ENDING: ReadonlySet<Verb> = new Set<Verb>(["unbind", "transfer", "retire"])

/** Where the command was recorded in audit.events. */
export interface Recorded {
  readonly partition: number
  readonly offset: number
}

export interface EndedBinding {
  readonly device: string
  /** Of the command, milliseconds since 1970. */
  readonly time: number
}

const MAX_BYTES = 1 << 20

const refuse = (why: string): EnrolmentRefused => new EnrolmentRefused(403, "enrolment.not_ended", why)

/** @throws EnrolmentRefused where nothing of the kind was recorded there */
export const endedAt = async (log: Log, { partition, offset }: Recorded): Promise<EndedBinding> => {
  if (partition >= log.partitions) throw refuse(`the log has ${log.partitions} partitions`)
  const [record] = await log.read({ stream: STREAMS.audit, partition }, offset, 1, MAX_BYTES)
  const event = record?.offset === offset ? readable(() => decodeAudit(record.value)) : null
  const command = event === null ? null : controlDetailOf(event)
  if (event === null || command?.kind !== "command" || !ENDING.has(command.verb))
    throw refuse(`at ${partition}/${offset} of ${STREAMS.audit} no command is recorded that ends a binding`)
  if (event.count !== 1) throw refuse(`the command that is recorded at ${partition}/${offset} was refused`)
  return { device: command.target, time: event.time }
}
