/** One AsyncAPI 3 document for all streams, with the Avro schemas as they are. */
import { schemaOf } from "../load.ts"
import type { ContractStream } from "./stream.ts"

const VERSION = "3.0.0"
const AVRO = "application/vnd.apache.avro+json;version=1.9.0"
const MEDIA_TYPE = "application/vnd.confluent.avro"

const text = (description: string, more: object = {}): object => ({ type: "string", description, ...more })

/** Headers of a decided record; packages/engine/src/runner/event-headers.ts writes them. */
const EVENT_HEADERS = {
  type: "object",
  required: ["content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_outcome"],
  properties: {
    "content-type": text("Media type of the record", { const: MEDIA_TYPE }),
    ce_specversion: text("CloudEvents", { const: "1.0" }),
    ce_id: text("The message's id, epoch/partition/offset; with # and the kind behind it for a later decision"),
    ce_source: text("The log: assay-log:<epoch>:<genesis>"),
    ce_type: text("assay.message.<outcome>.v1"),
    ce_time: text("When the message came in, by the log", { format: "date-time" }),
    ce_outcome: text("What was decided", { enum: ["verified", "annotated", "quarantined"] }),
    ce_act: text("What the message does: telemetry, event, command, config or firmware"),
    ce_class: text("The device's class by its credential"),
    ce_zone: text("The device's zone by the policy"),
  },
}

/** A key that AsyncAPI takes: letters, digits, `.`, `-` and `_`. */
const keyOf = ({ stream }: ContractStream): string => stream.replaceAll(/[^A-Za-z0-9._-]/g, "_")

const channelOf = (one: ContractStream): object => ({
  address: one.topic,
  title: one.stream,
  description: one.about,
  messages: { record: { $ref: `#/components/messages/${one.schema}${one.hasEvents ? ".event" : ""}` } },
  bindings: {
    kafka: {
      bindingVersion: "0.5.0",
      topic: one.topic,
      topicConfiguration:
        one.retentionMs === null
          ? { "cleanup.policy": ["compact"] }
          : { "cleanup.policy": ["delete"], "retention.ms": one.retentionMs },
    },
  },
})

const messageOf = (schema: string, hasEvents: boolean): object => ({
  name: schema,
  title: schema,
  contentType: MEDIA_TYPE,
  ...(hasEvents ? { headers: { $ref: "#/components/schemas/eventHeaders" } } : {}),
  payload: { schemaFormat: AVRO, schema: schemaOf(schema) },
  bindings: { kafka: { bindingVersion: "0.5.0", schemaIdLocation: "payload", schemaIdPayloadEncoding: "confluent" } },
})

/** @param version of Assay */
export const asyncApiOf = (streams: ReadonlyArray<ContractStream>, version: string): object => {
  const messages = new Map(
    streams.map(
      ({ schema, hasEvents }) => [`${schema}${hasEvents ? ".event" : ""}`, messageOf(schema, hasEvents)] as const,
    ),
  )
  return {
    asyncapi: VERSION,
    info: {
      title: "Assay",
      version,
      description:
        "The streams of an Assay deployment on Kafka. A record is the byte 00, the schema id as int32 big-endian, and an Avro body.",
      license: { name: "Apache-2.0" },
    },
    defaultContentType: MEDIA_TYPE,
    channels: Object.fromEntries(streams.map((one) => [keyOf(one), channelOf(one)])),
    operations: Object.fromEntries(
      streams.map((one) => [
        `${one.isInput ? "receive" : "send"}.${keyOf(one)}`,
        {
          action: one.isInput ? "receive" : "send",
          channel: { $ref: `#/channels/${keyOf(one)}` },
          summary: one.about,
        },
      ]),
    ),
    components: { messages: Object.fromEntries(messages), schemas: { eventHeaders: EVENT_HEADERS } },
  }
}
