/**
 * Passports to the devices that use them: each to its device's own topic, retained, so that a device which connects later has it too. When
 * a device falls out of trust or of its life, the broker lets go of what it retains. Which passports count no more devices know by the
 * revocation snapshot, not by this: what a broker holds back or repeats changes nothing.
 */
import { Lru } from "@assay/bounded"
import type { LogRecord } from "@assay/log"
import { decodeAudit, decodePassport, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { lifeMovedIn } from "@assay/trust"
import { type Followed, type Publish, type PushOptions, type RunningPush, startPush } from "./push.ts"
import { topicOf } from "./topics.ts"

/** `publish` has it retained; an empty payload takes back what the broker retains (MQTT 5, section 3.3.1.3). */
export interface PassportPushOptions extends PushOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface PassportCounts {
  readonly sent: number
  readonly withdrawn: number
  /** The broker takes them from nobody with our name, or the DID is no segment of a topic. */
  readonly refused: number
}

export type RunningPassportPush = RunningPush<PassportCounts>

const NOTHING = Buffer.alloc(0)
/** Devices of late of which is known what came last. */
const MAX_DEVICES = 100_000

/** What becomes of a record: a passport to send, or a device of which the broker is to let go; null: nothing. */
interface Push {
  readonly device: string
  readonly payload: Buffer
  /** The audit offset: of the loss, or the one that the passport was issued at. */
  readonly audit: number
}

const issued = ({ value }: LogRecord, now: number): Push | null => {
  const passport = readable(() => decodePassport(value))
  if (passport === null || passport.expires <= now) return null
  const { device, cwt, jwt, audit } = passport
  return { device, payload: cwt === null ? Buffer.from(jwt) : Buffer.from(cwt), audit }
}

/** Out of trust, or out of its life: what was issued before counts no more. */
const lost = ({ value, offset }: LogRecord): Push | null => {
  const event = readable(() => decodeAudit(value))
  if (event === null || event.device === null) return null
  const isLost =
    (event.kind === "transition" && event.from === "trusted" && event.to !== "trusted") ||
    (lifeMovedIn(event)?.to ?? "active") !== "active"
  return isLost ? { device: event.device, payload: NOTHING, audit: offset } : null
}

/** The newest of a device takes the place of those before it. */
const newest = (records: ReadonlyArray<LogRecord>, read: (record: LogRecord) => Push | null): Iterable<Push> => {
  const latest = new Map<string, Push>()
  for (const record of records) {
    const push = read(record)
    if (push !== null) latest.set(push.device, push)
  }
  return latest.values()
}

/** @throws what the log says at joining */
export const startPassportPush = (options: PassportPushOptions): Promise<RunningPassportPush> => {
  const { topic, now = Date.now } = options
  const count = { sent: 0, withdrawn: 0, refused: 0 }
  // Two streams are read side by side: a passport that was issued before a loss must not come after it, nor the other way round.
  const last = { issued: new Lru<number>(MAX_DEVICES), lost: new Lru<number>(MAX_DEVICES) }
  const send = async ({ device, payload, audit }: Push, publish: Publish): Promise<void> => {
    const isIssued = payload.length > 0
    const other = (isIssued ? last.lost : last.issued).get(device) ?? -1
    if (isIssued ? other >= audit : other > audit) return
    ;(isIssued ? last.issued : last.lost).set(device, audit)
    const to = topicOf(topic, device)
    if (to === null || !(await publish(to, payload))) count.refused += 1
    else if (isIssued) count.sent += 1
    else count.withdrawn += 1
  }
  const sendNewest =
    (read: (record: LogRecord) => Push | null): Followed["take"] =>
    async (records, publish) => {
      for (const push of newest(records, read)) await send(push, publish)
    }
  return startPush(options, {
    what: "passports",
    streams: [
      { stream: STREAMS.passports, take: sendNewest((record) => issued(record, now())) },
      { stream: STREAMS.audit, take: sendNewest(lost) },
    ],
    begin: "start",
    counts: () => ({ ...count }),
  })
}
