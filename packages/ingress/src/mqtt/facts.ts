/** What MQTT says of a message, as the envelope keeps it. None of it has authority: all but the topic is the publisher's. */
import type { IPublishPacket } from "mqtt"
import { isLines, isSequence, messagesIn as itemsOf, mediaTypeOf, messageIn } from "../core/format.ts"
import { withoutLineEnd } from "../core/line-end.ts"
import { escaped } from "../core/originator.ts"
import { MAX_MESSAGE, type Submission } from "../core/submission.ts"
import { senderOf, type TopicTemplate } from "./topics.ts"

/**
 * Why a publication is not taken to the log, though it was received. Trying again helps none.
 * - `topic`: it fits no template, or its segment for a device holds no DID.
 * - `retained`: the broker had kept it from before the subscription, and such are not wanted.
 * - `empty`, `too_large`: there is no message in it, or one of more than `MAX_MESSAGE` bytes.
 * - `too_many`: more lines than one publication may hold.
 */
export type Unwanted = "topic" | "retained" | "empty" | "too_large" | "too_many"

/** The messages of one publication, all of one sender. */
export interface Publication {
  readonly principal: string | null
  readonly submissions: ReadonlyArray<Submission>
}

/** As many lines as one publication may hold: it is acknowledged as a whole. */
const MAX_LINES = 256
const MAX_PROPERTIES = 8
const MAX_PROPERTY_BYTES = 256
const TRACEPARENT = "traceparent"

type UserProperties = NonNullable<NonNullable<IPublishPacket["properties"]>["userProperties"]>

const pairsOf = (properties: UserProperties): ReadonlyArray<readonly [string, string]> =>
  Object.entries(properties).flatMap(([name, values]) =>
    [values].flat().map((value): readonly [string, string] => [name, value]),
  )

/**
 * The topic, and behind it the publisher's user properties: `plant/7;site=north;line=2`. What would be read as more is
 * percent-encoded. At most 8 properties of 256 bytes each; the rest is left out.
 */
export const originatorOf = (topic: string, properties: UserProperties | undefined): string => {
  const kept = pairsOf(properties ?? {})
    .filter(([name]) => name.toLowerCase() !== TRACEPARENT)
    .map(([name, value]) => `;${escaped(name)}=${escaped(value)}`)
    .filter((text) => Buffer.byteLength(text) <= MAX_PROPERTY_BYTES)
    .slice(0, MAX_PROPERTIES)
  return kept.length === 0 ? topic : `${topic.replaceAll(";", "%3B")}${kept.join("")}`
}

const traceparentOf = (properties: UserProperties | undefined): string | null => {
  const [, value] = pairsOf(properties ?? {}).find(([name]) => name.toLowerCase() === TRACEPARENT) ?? []
  return value ?? null
}

/** The messages of lines; one more than there may be at most. A line end behind the last begins no other. */
const linesOf = (payload: Buffer): ReadonlyArray<Buffer> => {
  const found: Array<Buffer> = []
  for (let from = 0; from < payload.length && found.length <= MAX_LINES; ) {
    const end = payload.indexOf(10, from)
    const line = withoutLineEnd(payload.subarray(from, end < 0 ? payload.length : end + 1))
    if (line.length > 0) found.push(line)
    from = end < 0 ? payload.length : end + 1
  }
  return found
}

/** A sequence that is none is one message: identity-resolver keeps it, with a reason. */
const messagesIn = (payload: Buffer, type: string): ReadonlyArray<Uint8Array> => {
  if (isLines(type)) return linesOf(payload)
  const items = isSequence(type) ? itemsOf(payload, MAX_LINES + 1) : null
  if (items !== null && typeof items !== "string") return items
  const message = messageIn(payload, type)
  return message.length === 0 ? [] : [message]
}

/** What a publication holds. @param takesRetained whether what the broker kept from before the subscription counts */
export const readPublication = (
  packet: Pick<IPublishPacket, "topic" | "payload" | "retain" | "properties">,
  templates: ReadonlyArray<TopicTemplate>,
  takesRetained: boolean,
): Publication | Unwanted => {
  const { topic, properties } = packet
  const sender = senderOf(templates, topic)
  if (sender === null || (sender.template.names === "device" && !sender.name!.startsWith("did:"))) return "topic"
  if (packet.retain && !takesRetained) return "retained"
  const payload = Buffer.from(packet.payload)
  const type = properties?.contentType ?? ""
  const messages = messagesIn(payload, type)
  if (messages.length === 0) return "empty"
  if (messages.length > MAX_LINES) return "too_many"
  if (messages.some(({ length }) => length > MAX_MESSAGE)) return "too_large"
  const originator = originatorOf(topic, properties?.userProperties)
  const traceparent = traceparentOf(properties?.userProperties)
  return {
    principal: sender.name,
    submissions: messages.map((bytes) => ({
      bytes,
      mediaType: mediaTypeOf(bytes, type),
      binding: "mqtt",
      originator,
      principal: sender.name,
      traceparent,
    })),
  }
}
