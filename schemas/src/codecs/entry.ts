/** `Entry`: the value of telemetry.submitted and of the streams between the stages. */
import type { AssayedMessage, Envelope, Origin } from "@assay/trust"
import { boundSchema } from "../ids/bound.ts"
import { WireError } from "../wire/error.ts"
import { type Reader, reader, readString } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readMessage, writeMessage } from "./message.ts"
import { readEnvelope, readOrigin, symbols, writeEnvelope, writeOrigin } from "./parts.ts"

const SCHEMA = boundSchema("entry")

export const ENTRY_BODIES = ["submitted", "message", "control", "activation", "admission", "tick"] as const

/** The branches of the body's union, in the order of the schema. */
export type EntryBody =
  | { readonly kind: "submitted"; readonly envelope: Envelope }
  | { readonly kind: "message"; readonly message: AssayedMessage }
  /** One compact JWS (`m2m-control+jwt`) for each signer, unchecked. */
  | { readonly kind: "control"; readonly tokens: ReadonlyArray<string> }
  | { readonly kind: "activation"; readonly item: "bundle" | "policy"; readonly hash: string }
  | { readonly kind: "admission"; readonly device: string }
  | { readonly kind: "tick" }

/**
 * An entry as it travels. On `submitted` origin and time are null: the record's position and append time say them.
 * Between the stages both are set, and a message is never `submitted` any more; a reader of `submitted` must refuse the
 * kind `message` there, whose verdicts anybody could have made up.
 */
export interface WireEntry {
  readonly origin: Origin | null
  /** Milliseconds since 1970. */
  readonly time: number | null
  readonly body: EntryBody
}

const activated = symbols(["bundle", "policy"] as const)

const writeBody = (to: Writer, body: EntryBody): void => {
  switch (body.kind) {
    case "submitted":
      to.tag(0)
      writeEnvelope(to, body.envelope)
      break
    case "message":
      to.tag(1)
      writeMessage(to, body.message)
      break
    case "control":
      to.tag(2)
      to.strings(body.tokens)
      break
    case "activation":
      to.tag(3)
      activated.write(to, body.item)
      to.string(body.hash)
      break
    case "admission":
      to.tag(4)
      to.string(body.device)
      break
    case "tick":
      to.tag(5)
      break
  }
}

const readBody = (from: Reader): EntryBody => {
  const kind = ENTRY_BODIES[from.tag(ENTRY_BODIES.length)]
  switch (kind) {
    case "submitted":
      return { kind, envelope: readEnvelope(from) }
    case "message":
      return { kind, message: readMessage(from) }
    case "control":
      return { kind, tokens: from.array(readString) }
    case "activation":
      return { kind, item: activated.read(from), hash: from.word() }
    case "admission":
      return { kind, device: from.string() }
    case "tick":
      return { kind }
    default:
      throw new WireError("not-wire-format", "no such entry")
  }
}

/** @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set. */
export const encodeEntry = (entry: WireEntry): Uint8Array => {
  writer.begin(SCHEMA.id)
  if (entry.origin === null) writer.tag(0)
  else {
    writer.tag(1)
    writeOrigin(writer, entry.origin)
  }
  if (entry.time === null) writer.tag(0)
  else {
    writer.tag(1)
    writer.long(entry.time)
  }
  writeBody(writer, entry.body)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeEntry = (record: Uint8Array): WireEntry => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const entry: WireEntry = {
    origin: reader.tag(2) === 0 ? null : readOrigin(reader),
    time: reader.tag(2) === 0 ? null : reader.long(),
    body: readBody(reader),
  }
  reader.finish()
  return entry
}
