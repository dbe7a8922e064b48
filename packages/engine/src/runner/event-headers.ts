/**
 * The headers of a decided record, on an engine that has such: CloudEvents 1.0 in the binary mode of its Kafka binding, and
 * what consumers route by, so that nobody has to decode a record to pass it by.
 *
 * | header | |
 * |---|---|
 * | `content-type` | `application/vnd.confluent.avro`: the record as it lies there, header of five bytes included |
 * | `ce_specversion`, `ce_type`, `ce_source` | `1.0`; `assay.message.<outcome>.v1`; the log's name, `assay-log:<epoch>:<genesis>` |
 * | `ce_id` | the message's id, with `#` and the kind behind it for a later decision |
 * | `ce_time` | when the message came in, by the log |
 * | `ce_outcome`, `ce_act`, `ce_class`, `ce_zone` | extension attributes; what a message has not is left out |
 *
 * They are outside of what the audit record vouches for: route by them, decide by the record.
 */
import type { Headers, NewRecord } from "@assay/log"
import { type AssayedMessage, type Decision, formatOrigin, type LogIdentity, logName } from "@assay/trust"
import { shorten, zoneOf } from "@assay/trust/kit"

/** Kinds of message that are remembered: outcome, act, class and zone have few values each. */
const KNOWN = 1_024
/** Characters of a class or zone that are shown. */
const SHOWN = 128
const MEDIA_TYPE = Buffer.from("application/vnd.confluent.avro")
const SPEC_VERSION = Buffer.from("1.0")

/** A decided message's headers: its own, and those that it has in common with others, encoded once. */
export type EventHeaders = (
  message: AssayedMessage,
  decision: Decision,
) => Required<Pick<NewRecord, "headers" | "common">>

/** CloudEvents takes no control characters in attributes, and nothing is gained by odd ones in a word to route by. */
const word = (text: string): Buffer => Buffer.from(shorten(text, SHOWN).replace(/[^\u0020-\u007E\u00A0-\uFFFF]/g, "?"))

/** By what a message's common headers follow. */
interface Kind {
  readonly outcome: string
  readonly act: string | null
  readonly deviceClass: string | null
  readonly zone: string | null
}

export const eventHeaders = (log: LogIdentity): EventHeaders => {
  const source = Buffer.from(logName(log))
  const known = new Map<string, Headers>()
  let last: (Kind & { readonly common: Headers }) | null = null
  let time = Number.NaN
  let timeText = Buffer.alloc(0)

  const made = ({ outcome, act, deviceClass, zone }: Kind): Headers => ({
    "content-type": MEDIA_TYPE,
    ce_specversion: SPEC_VERSION,
    ce_type: Buffer.from(`assay.message.${outcome}.v1`),
    ce_source: source,
    ce_outcome: Buffer.from(outcome),
    ...(act === null ? {} : { ce_act: Buffer.from(act) }),
    ...(deviceClass === null ? {} : { ce_class: word(deviceClass) }),
    ...(zone === null ? {} : { ce_zone: word(zone) }),
  })

  const commonOf = (outcome: string, act: string | null, deviceClass: string | null, zone: string | null): Headers => {
    // Messages of one kind come in rows.
    if (last?.zone === zone && last.deviceClass === deviceClass && last.act === act && last.outcome === outcome)
      return last.common
    const name = `${outcome} ${act} ${zone?.length} ${zone} ${deviceClass}`
    let common = known.get(name)
    if (common === undefined) {
      if (known.size >= KNOWN) known.clear()
      common = made({ outcome, act, deviceClass, zone })
      known.set(name, common)
    }
    last = { outcome, act, deviceClass, zone, common }
    return common
  }

  return (message, { outcome, kind }) => {
    const { claims, subject, origin } = message
    const act = claims?.kind === "message" ? claims.act : null
    const common = commonOf(outcome, act, subject?.class ?? null, zoneOf(message))
    // Messages of one append share their time.
    if (message.time !== time) {
      time = message.time
      timeText = Buffer.from(new Date(time).toISOString())
    }
    const id = kind === "original" ? formatOrigin(origin) : `${formatOrigin(origin)}#${kind}`
    return { common, headers: { ce_id: Buffer.from(id), ce_time: timeText } }
  }
}
