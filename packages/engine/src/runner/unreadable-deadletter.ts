/**
 * A record that is no entry, kept for whoever must find out why: key, value and headers as they came, and beside them
 * headers `trust.error.*` that say what was wrong with it and where it lay. It is written in the commit that moves past it.
 *
 * | header | holds (UTF-8) |
 * |---|---|
 * | `stage`, `code`, `class`, `message` | who refused it; the reason code; `unreadable`; what was wrong, for people |
 * | `topic`, `partition`, `offset`, `timestamp` | where it lay (the stream's name without prefix), and since when (ms) |
 * | `group`, `attempt` | who read it; always 1, since what a record is does not change by reading it again |
 * | `schema.id` | the id that it names, where it begins like a record in the Confluent wire format |
 * | `truncated` | JSON `{part: {bytes, sha256}}` of each part (value, headers, key) that was cut or left out |
 */
import { createHash, hash } from "node:crypto"
import type { Headers, LogRecord, NewRecord } from "@assay/log"
import type { ReasonCode, StageName } from "@assay/trust"

/** Where the letters of a runner come from. */
export interface DeadLetterSource {
  readonly stage: StageName
  readonly stream: string
  readonly partition: number
  readonly group: string
}

/** Key, value and headers together: below the limit of a broker for a message (1 MiB), with room for our own headers. */
export const LETTER_BYTES = 512 << 10
/** Kept of a key where key and headers alone are too large. */
const KEY_BYTES = 64 << 10
/** What a header counts besides name and value, where it is about room: millions of empty ones are not nothing. */
const HEADER_BYTES = 8
const MESSAGE_CHARS = 1_000
const PREFIX = "trust.error."
/** Names of ours, and those that a former such record brought along: each gets one more `original.`, so none are lost. */
const RESERVED = /^(original\.)*trust\.error\./

type Part = "key" | "value" | "headers"
type Cut = Partial<Record<Part, { readonly bytes: number; readonly sha256: string }>>

const valuesOf = (values: Uint8Array | ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> =>
  values instanceof Uint8Array ? [values] : values

/** @param each what a header counts besides its name and value */
const bytesOf = (headers: Headers, each = 0): number => {
  let bytes = 0
  for (const [name, values] of Object.entries(headers))
    for (const value of valuesOf(values)) bytes += each + Buffer.byteLength(name) + value.length
  return bytes
}

/** Over each name and value with its length (u32 BE) before it, in order. */
const hashOf = (headers: Headers): string => {
  const digest = createHash("sha256")
  const length = Buffer.allocUnsafe(4)
  const add = (bytes: Uint8Array): void => {
    length.writeUInt32BE(bytes.length)
    digest.update(length).update(bytes)
  }
  for (const [name, values] of Object.entries(headers))
    for (const value of valuesOf(values)) {
      add(Buffer.from(name))
      add(value)
    }
  return digest.digest("hex")
}

const cutOf = (bytes: Uint8Array): { readonly bytes: number; readonly sha256: string } => ({
  bytes: bytes.length,
  sha256: hash("sha256", bytes, "hex"),
})

/** Leaves of the record what fits: first the value is cut; where that does not do, headers are left out and the key is cut. */
const fit = (record: LogRecord): { key: Uint8Array; value: Uint8Array; headers: Headers; cut: Cut | null } => {
  let { key, value, headers = {} } = record
  const size = { key: key.length, headers: bytesOf(headers, HEADER_BYTES) }
  if (size.key + size.headers + value.length <= LETTER_BYTES) return { key, value, headers, cut: null }
  const cut: Cut = {}
  if (size.key + size.headers > LETTER_BYTES) {
    if (size.headers > 0) {
      cut.headers = { bytes: bytesOf(headers), sha256: hashOf(headers) }
      headers = {}
      size.headers = 0
    }
    if (key.length > KEY_BYTES) {
      cut.key = cutOf(key)
      key = key.subarray(0, KEY_BYTES)
      size.key = KEY_BYTES
    }
  }
  const room = LETTER_BYTES - size.key - size.headers
  if (value.length > room) {
    cut.value = cutOf(value)
    value = value.subarray(0, room)
  }
  return { key, value, headers, cut }
}

/** The schema id that the value names; null where it does not begin like one of the Confluent wire format. */
const schemaIdOf = (value: Uint8Array): number | null =>
  value.length >= 5 && value[0] === 0 ? Buffer.from(value.buffer, value.byteOffset, value.length).readUInt32BE(1) : null

/**
 * @param record as it was read; its `offset` and `time` are those of the stream that it lay on
 * @param message what was wrong, for people; the code is what programs go by
 */
export const deadLetter = (
  record: LogRecord,
  code: ReasonCode,
  message: string,
  { stage, stream, partition, group }: DeadLetterSource,
): NewRecord => {
  const { key, value, headers, cut } = fit(record)
  const schemaId = schemaIdOf(record.value)
  const ours: Readonly<Record<string, string | number | null>> = {
    stage,
    code,
    class: "unreadable",
    message: message.slice(0, MESSAGE_CHARS),
    topic: stream,
    partition,
    offset: record.offset,
    timestamp: record.time,
    group,
    attempt: 1,
    "schema.id": schemaId,
    truncated: cut === null ? null : JSON.stringify(cut),
  }
  const all: Array<[string, Headers[string]]> = []
  for (const [name, values] of Object.entries(headers))
    all.push([RESERVED.test(name) ? `original.${name}` : name, values])
  for (const [name, text] of Object.entries(ours))
    if (text !== null) all.push([PREFIX + name, Buffer.from(String(text))])
  return {
    key,
    value,
    headers: Object.fromEntries(all),
    ...(record.absent === undefined ? {} : { absent: record.absent }),
  }
}
