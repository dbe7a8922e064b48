/** Attacks of what lies between a device and Assay: what they are, what became of them, and whether that is right. */
import { hash } from "node:crypto"
import { type Log, recordsIn } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Outcome, ReasonCode } from "@assay/trust"

/** One attempt: it was stopped before the log, by a code, or its bytes are decided on. */
export interface Attempt {
  /** What the broker or the CSE made of it, for people. */
  readonly carrier: string
  /** The code by which it was stopped; null: it went through to the log. */
  readonly stopped: string | null
  readonly bytes: Uint8Array | null
}

export interface Expected {
  /** Who stops it, for people. */
  readonly by: string
  /** A reason code, or the code of whoever stops it before the log. */
  readonly reason: ReasonCode | string
  /** Of its decision; null where it must not come to one. */
  readonly outcome: Outcome | null
}

export interface CarrierAttack<Stage> {
  readonly title: string
  readonly expect: Expected
  run(stage: Stage): Promise<ReadonlyArray<Attempt>>
}

export interface Decision {
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<ReasonCode>
}

/** All decisions, by the digest of the message's bytes. */
export type Decisions = ReadonlyMap<string, ReadonlyArray<Decision>>

export const digestOf = (bytes: Uint8Array): string => hash("sha256", bytes, "base64url")

const DECIDED = ["verified", "annotated", "quarantined"] as const

const read = async (log: Log): Promise<Decisions> => {
  const found = new Map<string, Array<Decision>>()
  const note = (bytes: Uint8Array, decision: Decision): void => {
    const key = digestOf(bytes)
    const all = found.get(key) ?? []
    all.push(decision)
    found.set(key, all)
  }
  for (const stream of [...DECIDED, "rejected"] as const)
    for (let partition = 0; partition < log.partitions; partition++) {
      const { end } = await log.bounds({ stream: STREAMS[stream], partition })
      for await (const { value } of recordsIn(log, STREAMS[stream], partition, undefined, end)) {
        if (stream === "rejected") {
          const record = decodeRejected(value)
          note(record.value, { outcome: "rejected", reasons: record.reasons })
        } else {
          const { envelope, decision } = decodeAssayed(value)
          if (decision?.kind === "original") note(envelope.bytes, decision)
        }
      }
    }
  return found
}

/** Reads beside the node. @param dir its data directory */
export const decisionsIn = async (dir: string): Promise<Decisions> => {
  const log = await openEmbedded({ dir, readOnly: true })
  try {
    return await read(log)
  } finally {
    await log.close()
  }
}

export interface AttackResult {
  readonly title: string
  readonly carrier: string
  readonly attempts: number
  readonly caught: number
  readonly by: string
  readonly reason: string
  readonly asExpected: boolean
  /** What the first attempt that was not caught came to; null: all were. */
  readonly miss: string | null
}

const isCaught = ({ stopped, bytes }: Attempt, expected: Expected, decisions: Decisions): boolean => {
  if (expected.outcome === null) return stopped === expected.reason
  const made = bytes === null ? [] : (decisions.get(digestOf(bytes)) ?? [])
  return made.some(
    ({ outcome, reasons }) => outcome === expected.outcome && reasons.includes(expected.reason as ReasonCode),
  )
}

const endOf = ({ stopped, bytes }: Attempt, decisions: Decisions): string => {
  if (stopped !== null) return `stopped by ${stopped}`
  const made = bytes === null ? [] : (decisions.get(digestOf(bytes)) ?? [])
  return made.map(({ outcome, reasons }) => `${outcome} (${reasons.join(", ")})`).join("; ") || "not decided"
}

export const resultOf = (
  { title, expect }: Pick<CarrierAttack<never>, "title" | "expect">,
  attempts: ReadonlyArray<Attempt>,
  decisions: Decisions,
): AttackResult => {
  const missed = attempts.filter((attempt) => !isCaught(attempt, expect, decisions))
  return {
    title,
    carrier: attempts[0]?.carrier ?? "-",
    attempts: attempts.length,
    caught: attempts.length - missed.length,
    by: expect.by,
    reason: expect.reason,
    asExpected: attempts.length > 0 && missed.length === 0,
    miss: missed[0] === undefined ? null : endOf(missed[0], decisions),
  }
}
