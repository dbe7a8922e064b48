/**
 * Any receiver of POSTs. The body is lines, one JSON array, or one event a request; it can be signed:
 *
 *   x-assay-timestamp: seconds since 1970, when it was sent
 *   x-assay-signature: sha256=<hex of HMAC-SHA-256 over timestamp, a dot, the body as it is before gzip>
 *
 * `idempotency-key` is the same for the same items at every repeat. A request that may repeat what came before a start or a failure
 * says so: `x-assay-repeat: possible`.
 */
import { createHash, createHmac } from "node:crypto"
import type { Encoded } from "../../encode/encoder.ts"
import { outcomeOf } from "./batch.ts"
import { type HttpProtocol, linesOf } from "./sink.ts"

export const BODIES = ["lines", "array", "single"] as const

export interface WebhookOptions {
  readonly body: (typeof BODIES)[number]
  /** Of a single event; of an array of CloudEvents it is that of a batch. */
  readonly mediaType: string
  readonly secret: string | null
  readonly records: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const trimmed = ({ bytes }: Encoded): Buffer => Buffer.from(Buffer.from(bytes).toString("utf8").trimEnd())

const arrayOf = (batch: ReadonlyArray<Encoded>): Buffer =>
  Buffer.concat([
    Buffer.from("["),
    ...batch.flatMap((item, nth) => [Buffer.from(nth === 0 ? "" : ","), trimmed(item)]),
    Buffer.from("]"),
  ])

const TYPES: Readonly<Record<string, string>> = { "application/cloudevents+json": "application/cloudevents-batch+json" }

const typeOf = ({ body, mediaType }: WebhookOptions): string => {
  if (body === "single") return mediaType
  if (body === "lines") return "application/x-ndjson"
  return TYPES[mediaType] ?? "application/json"
}

/** CloudEvents HTTP binding section 3.1.3.2: what is no printable ASCII, and `"` and `%`, are percent-encoded. */
const headerValue = (text: string): string =>
  text.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  )

const attributesOf = (batch: ReadonlyArray<Encoded>): Readonly<Record<string, string>> =>
  batch.length !== 1
    ? {}
    : Object.fromEntries(
        Object.entries(batch[0]!.attributes ?? {})
          .filter(([name]) => name !== "datacontenttype")
          .map(([name, value]) => [`ce-${name}`, headerValue(value)]),
      )

const keyOf = (batch: ReadonlyArray<Encoded>): string =>
  createHash("sha256")
    .update(batch.map(({ key }) => key).join("\n"))
    .digest("hex")

export const webhookProtocol = (options: WebhookOptions): HttpProtocol => {
  const { body, secret, records, now = Date.now } = options
  return {
    limits: { records: body === "single" ? 1 : records, bytes: 1 << 20 },
    send: async (client, batch, mayRepeat) => {
      const sent = body === "lines" ? linesOf(batch) : body === "array" ? arrayOf(batch) : trimmed(batch[0]!)
      const timestamp = String(Math.floor(now() / 1_000))
      const signature =
        secret === null
          ? {}
          : {
              "x-assay-timestamp": timestamp,
              "x-assay-signature": `sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(sent).digest("hex")}`,
            }
      const headers = {
        "content-type": typeOf(options),
        "idempotency-key": keyOf(batch),
        ...(mayRepeat ? { "x-assay-repeat": "possible" } : {}),
        ...signature,
        ...(body === "single" ? attributesOf(batch) : {}),
      }
      return outcomeOf(await client.post(sent, headers))
    },
  }
}
