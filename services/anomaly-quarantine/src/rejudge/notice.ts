/**
 * Notice before effect, and a limit: judging again loosens. The first command for a reason announces it in the audit record and does
 * nothing else; commands for that reason take effect after a while, for a day, and only so many in an hour. One row of the stage's own
 * for the partition, which no device can make.
 */
import { nameHash } from "@assay/detection"
import type { AuditDraft, ReasonCode } from "@assay/trust"
import type { AnomalyLimits } from "../limits.ts"
import { type AnomalyDraft, type AnomalyState, LAYOUT, MAX_HELD, ownRow, type States } from "../state.ts"

const ROW = "rejudge/notices"
/** How long an announcement counts, milliseconds. */
export const ANNOUNCED_MS = 86_400_000
const HOUR_MS = 3_600_000

export interface Notice {
  /** Why nothing takes effect now; null where it may. */
  readonly why: ReasonCode | null
  readonly row: readonly [key: string, state: AnomalyState]
  /** The announcement, for whoever watches the audit record. */
  readonly events: ReadonlyArray<AuditDraft>
}

/** Each announcement: its time as `epoch`, the hash of its reason as `partition`. */
const announcedAt = ({ held }: AnomalyDraft, reason: number): number => {
  for (let index = 0; index < held.length; index++) if (held.at(index).partition === reason) return index
  return -1
}

export const noticeOf = (
  states: States,
  reason: ReasonCode,
  time: number,
  { detection: { rejudgeNoticeMs, rejudgePerHour } }: AnomalyLimits,
): Notice => {
  const draft = ownRow(states.get(ROW), time)
  const done = (why: ReasonCode | null, events: ReadonlyArray<AuditDraft> = []): Notice => ({
    why,
    row: [ROW, LAYOUT.seal(draft)],
    events,
  })
  const id = nameHash(reason)
  const found = announcedAt(draft, id)
  const since = found < 0 ? null : draft.held.at(found).epoch
  if (since === null || time >= since + ANNOUNCED_MS) {
    if (found >= 0) draft.held.remove(found)
    if (draft.held.length === MAX_HELD) draft.held.remove(0)
    const notice = draft.held.push()
    notice.epoch = time
    notice.partition = id
    notice.offset = 0
    return done("anomaly.rejudge_announced", [announcement(reason, time + rejudgeNoticeMs)])
  }
  if (time < since + rejudgeNoticeMs) return done("anomaly.rejudge_announced")
  if (time - draft.struck >= HOUR_MS) {
    draft.struck = time
    draft.strikes = 0
  }
  if (draft.strikes >= rejudgePerHour) return done("anomaly.rejudge_limit")
  draft.strikes += 1
  return done(null)
}

const announcement = (reason: ReasonCode, from: number): AuditDraft => ({
  kind: "incident",
  detail: JSON.stringify({ what: "two operators have announced that messages are judged again", reason, from }),
})
