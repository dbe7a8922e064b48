/**
 * The submitter's record against `submitted`: what was acknowledged is there, where it was said to be and in the order in which
 * each device sent it; nothing is there that nobody sent. What was never answered may be there, once for each attempt.
 */
import type { Attempt, AttemptLog } from "../attempts.ts"
import { Findings, type Result } from "./result.ts"
import type { Submitted } from "./submitted.ts"

export const CLAIM =
  "every acknowledged record lies on submitted where it was said to be, in the order of its device; nothing else is there"

const attemptsOf = (attempts: ReadonlyArray<Attempt>): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { hash } of attempts) counts.set(hash, (counts.get(hash) ?? 0) + 1)
  return counts
}

const checkPartition = (
  partition: number,
  attempts: ReadonlyArray<Attempt>,
  entries: ReadonlyArray<Submitted>,
  findings: Findings,
): void => {
  const place = (offset: number): string => `submitted ${partition}/${offset}`
  const acknowledged = new Map<number, Attempt>()
  for (const attempt of attempts) {
    if (attempt.offset === null) continue
    const other = acknowledged.get(attempt.offset)
    if (other !== undefined) findings.add(`${place(attempt.offset)} was acknowledged to two submissions`)
    acknowledged.set(attempt.offset, attempt)
  }
  const left = attemptsOf(attempts)
  const lastOf = new Map<string, number>()
  for (const { offset, hash, key, kind } of entries) {
    if (hash === null) continue
    findings.examined++
    const remaining = (left.get(hash) ?? 0) - 1
    left.set(hash, remaining)
    const attempt = acknowledged.get(offset)
    acknowledged.delete(offset)
    if (remaining < 0)
      findings.add(
        left.has(hash) && attempts.some((one) => one.hash === hash)
          ? `${place(offset)} is there more often than it was sent: duplicated`
          : `${place(offset)} holds a ${kind} that nobody sent: invented`,
      )
    if (attempt === undefined) continue
    if (attempt.hash !== hash) findings.add(`${place(offset)} does not hold what was acknowledged there`)
    const before = lastOf.get(key) ?? -1
    if (attempt.nth < before) findings.add(`${place(offset)} stands behind what its device sent later: reordered`)
    lastOf.set(key, Math.max(before, attempt.nth))
  }
  for (const offset of acknowledged.keys()) findings.add(`${place(offset)} was acknowledged and is not there: lost`)
}

export const checkSubmissions = (
  attemptLog: AttemptLog,
  submitted: ReadonlyArray<ReadonlyArray<Submitted>>,
): Result => {
  const findings = new Findings()
  const byPartition = Map.groupBy(attemptLog.attempts, ({ partition }) => partition)
  for (const [partition, entries] of submitted.entries())
    checkPartition(partition, byPartition.get(partition) ?? [], entries, findings)
  return findings.result("submissions", CLAIM)
}
