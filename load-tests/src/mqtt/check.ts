/**
 * What the record says of the messages that devices sent: each decided exactly once, and no device charged with what a
 * transport could have caused: its place in the sequence, its chain. What its values are worth is no matter here.
 */
import { type Log, recordsIn } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { REASONS, type ReasonCode } from "@assay/trust"
import type { Sent } from "./devices.ts"

export interface Checked {
  readonly sent: number
  readonly decided: number
  /** Copies that were recognised and rejected as such: what a crash between append and acknowledgement leaves. */
  readonly repeated: number
  /** What must not be; empty where all holds. */
  readonly findings: ReadonlyArray<string>
}

const DECIDED = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined] as const
const REPLAYED: ReasonCode = "identity.replayed"

async function* recordsOf(log: Log, stream: string): AsyncGenerator<{ readonly value: Uint8Array }> {
  for (let partition = 0; partition < log.partitions; partition++) {
    const { end } = await log.bounds({ stream, partition })
    yield* recordsIn(log, stream, partition, undefined, end)
  }
}

const check = async (log: Log, sent: ReadonlyArray<Sent>): Promise<Checked> => {
  const findings: Array<string> = []
  const decisions = new Map(sent.map(({ digest }) => [digest, 0]))
  let repeated = 0
  for (const stream of DECIDED)
    for await (const { value } of recordsOf(log, stream)) {
      const { claims, decision, origin } = decodeAssayed(value)
      const seen = decisions.get(claims?.digest ?? "")
      if (seen !== undefined) decisions.set(claims!.digest, seen + 1)
      for (const reason of decision?.reasons ?? [])
        if (REASONS[reason].attribution === "device" && /^(identity|integrity)\./.test(reason))
          findings.push(`${origin.partition}/${origin.offset} is charged to its device: ${reason}`)
    }
  for await (const { value } of recordsOf(log, STREAMS.rejected)) {
    const { reasons, detail, origin } = decodeRejected(value)
    if (reasons.length === 1 && reasons[0] === REPLAYED) repeated += 1
    else findings.push(`${origin.partition}/${origin.offset} was rejected: ${reasons.join(", ")} (${detail})`)
  }
  for await (const _ of recordsOf(log, STREAMS.undecided)) findings.push("an entry is undecided")
  for (const [digest, count] of decisions)
    if (count !== 1) findings.push(`the message ${digest} has ${count} decisions instead of one`)
  const decided = [...decisions.values()].filter((count) => count === 1).length
  return { sent: sent.length, decided, repeated, findings }
}

/** Reads beside the node. @param dir its data directory */
export const checkRecord = async (dir: string, sent: ReadonlyArray<Sent>): Promise<Checked> => {
  const log = await openEmbedded({ dir, readOnly: true })
  try {
    return await check(log, sent)
  } finally {
    await log.close()
  }
}
