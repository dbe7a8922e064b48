/** Content of primitives as bytes: JSON or CBOR (TS-0004, clause 8; media types: TS-0009). */
import { decodeCbor, encodeCbor } from "./cbor.ts"

export const SERIALIZATIONS = ["json", "cbor"] as const
export type Serialization = (typeof SERIALIZATIONS)[number]

/** What a CSE sends that cannot be read. */
export class UnreadableError extends Error {
  readonly _tag = "UnreadableError"
  override readonly name = "UnreadableError"
}

export const mediaTypeOf = (serialization: Serialization): string => `application/${serialization}`

/** By the media type, such as `application/vnd.onem2m-ntfy+json;ty=4`. @returns null where it is neither */
export const serializationOf = (mediaType: string): Serialization | null => {
  const [type = ""] = mediaType.split(";")
  const [, name] = /^application\/(?:vnd\.onem2m-[a-z]+\+)?(json|cbor)$/.exec(type.trim().toLowerCase()) ?? []
  return (name as Serialization | undefined) ?? null
}

export const serialize = (value: unknown, as: Serialization): Buffer =>
  as === "cbor" ? encodeCbor(value) : Buffer.from(JSON.stringify(value))

/** @returns null where there are no bytes. @throws UnreadableError */
export const deserialize = (bytes: Buffer, from: Serialization): unknown => {
  if (bytes.length === 0) return null
  try {
    return from === "cbor" ? decodeCbor(bytes) : (JSON.parse(bytes.toString("utf8")) as unknown)
  } catch (cause) {
    throw new UnreadableError(`the content is no ${from.toUpperCase()}: ${(cause as Error).message.slice(0, 200)}`)
  }
}
