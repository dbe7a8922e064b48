/**
 * The CBOR of oneM2M (TS-0004, clause 8.5): what JSON can hold, and byte strings; maps by text. Nobody signs it, so lengths and the
 * order of names are free.
 */
import {
  type Cbor,
  decodeCbor as decode,
  type Encodable,
  encodeCbor as encode,
  isBytes,
  isCborFailure,
  isMap,
} from "@assay/cose"

export class CborError extends Error {
  readonly _tag = "CborError"
  override readonly name = "CborError"
}

const plainOf = (value: Cbor): unknown => {
  if (isBytes(value)) return Buffer.from(value)
  if (Array.isArray(value)) return (value as ReadonlyArray<Cbor>).map(plainOf)
  if (!isMap(value)) return value
  const members = [...value].map(([name, item]) => {
    if (typeof name !== "string") throw new CborError("it has a map with a name that is no text")
    return [name, plainOf(item)] as const
  })
  // Defines a member also where it is called __proto__.
  return Object.fromEntries(members)
}

/** @throws CborError that says what is wrong */
export const decodeCbor = (bytes: Uint8Array): unknown => {
  const value = decode(bytes, "definite")
  if (isCborFailure(value)) throw new CborError(value.detail)
  return plainOf(value)
}

const encodable = (value: unknown): Encodable => {
  if (value === undefined) return null
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value as Encodable
  if (Array.isArray(value)) return value.map(encodable)
  const members = Object.entries(value).filter(([, item]) => item !== undefined)
  return new Map(members.map(([name, item]) => [name, encodable(item)]))
}

/** Of what JSON can hold. Members that are undefined are left out. */
export const encodeCbor = (value: unknown): Buffer => encode(encodable(value))
