/** `assay tail STREAM`: what comes by on a stream, a line (or a JSON object) a record. */

import {
  decodeAssayed,
  decodeAudit,
  decodeCheckpoint,
  decodeEntry,
  decodeKnowledge,
  decodeQualityRow,
  decodeReadingRow,
  decodeRejected,
} from "@assay/schemas"
import { STREAMS, type StreamName } from "@assay/streams"
import { safeJson } from "@assay/trust/kit"
import { choose } from "../choice.ts"
import { type Command, EXIT } from "../command.ts"
import { DATA_OPTION, openForReading } from "../open-log.ts"
import type { Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"

/** Rows lie on their streams in Avro, or as JSON. */
const rowOr =
  (decode: (value: Uint8Array) => unknown) =>
  (value: Uint8Array): unknown =>
    value[0] === 0 ? decode(value) : JSON.parse(Buffer.from(value).toString("utf8"))

const decoderOf = (name: StreamName): ((value: Uint8Array) => unknown) => {
  if (name === "verified" || name === "annotated" || name === "quarantined") return decodeAssayed
  if (name === "audit") return decodeAudit
  if (name === "rejected" || name === "undecided") return decodeRejected
  if (name === "knowledge") return decodeKnowledge
  if (name === "checkpoints") return decodeCheckpoint
  if (name === "readingsVerified" || name === "readingsAnnotated") return rowOr(decodeReadingRow)
  if (name === "readingsQuality") return rowOr(decodeQualityRow)
  return decodeEntry
}

const asText = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array
    ? Buffer.from(value).toString(value.every((byte) => byte > 31 && byte < 127) ? "latin1" : "base64url")
    : value

const show = (
  name: StreamName,
  partition: number,
  offset: number,
  time: number,
  value: Uint8Array,
  output: Output,
): void => {
  let body: unknown
  try {
    body = decoderOf(name)(value)
  } catch (cause) {
    body = { unreadable: (cause as Error).message, bytes: value.length }
  }
  if (output.json) process.stdout.write(`${safeJson({ partition, offset, time, body }, asText)}\n`)
  else output.say(`${new Date(time).toISOString()} ${partition}/${offset} ${safeJson(body, asText)}`)
}

export const tail: Command = {
  name: "tail",
  summary: "follow a stream",
  usage: "tail STREAM [--data DIR] [--from OFFSET] [--no-follow]",
  details: `STREAM is one of ${Object.keys(STREAMS).join(", ")}. With --json, one JSON object a line.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    from: {
      type: "string",
      value: "OFFSET",
      help: "start here in every partition; 0 for all that is kept (default: the end)",
    },
    "no-follow": { type: "boolean", help: "stop at the end of what is there now" },
  },
  run: async (given, output) => {
    const name = choose("assay tail", given.positionals[0], Object.keys(STREAMS) as ReadonlyArray<StreamName>)
    const from = given.text("from") === null ? null : given.whole("from", 0, Number.MAX_SAFE_INTEGER)
    const log = await openForReading(given, { streams: [STREAMS[name]] })
    const stop = listenForStop()
    const follow = async (partition: number): Promise<void> => {
      const at = { stream: STREAMS[name], partition }
      const bounds = await log.bounds(at)
      let next = from ?? (given.flag("no-follow") ? bounds.start : bounds.end)
      while (!stop.signal.aborted) {
        const records = await log.read(at, next, 256, 1 << 20)
        for (const record of records) show(name, partition, record.offset, record.time, record.value, output)
        if (records.length > 0) next = records.at(-1)!.offset + 1
        else if (given.flag("no-follow")) return
        else await log.waitFor(at, next, stop.signal)
      }
    }
    try {
      await Promise.all(Array.from({ length: log.partitions }, (_, partition) => follow(partition)))
    } finally {
      stop.release()
      await log.close()
    }
    return EXIT.ok
  },
}
