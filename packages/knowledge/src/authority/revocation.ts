/**
 * The list of a revocation that reaches back, in parts. The signed command has the hash of the first part of each partition, and each part
 * that of the next one, so a part counts in one place of one list, once, and nobody but the signers of the command can make one.
 *
 *   `~` and the base64url of a JSON text: `{"partition": n, "next": hash, "devices": [DID, ...], "verified": pairs, "annotated": pairs,
 *   "total": {...}}`; pairs are base64url of LEB128: (offset on `submitted`, offset on the stream), each as what it is above the one
 *   before, the second one in zigzag form, for what was released lies behind its place; null where there are none
 */
import { decodeBase64url } from "@assay/did"
import { parseStrict } from "@assay/jose"
import { base64urlSha256, integer, list, nullable, object, readShape, text } from "@assay/jose/shape"
import type { Relied, RevocationPart, RevocationTotal } from "@assay/trust"
import { hashOfOpening, MARK } from "./opening.ts"

/** Decisions of one part: as many records are written in one commit. */
export const MAX_RELIED = 2_048
/** Devices of one part. */
export const MAX_RELYING = 256
/** Characters of a part, so that it fits, with the tokens of its command, where commands are handed in. */
export const MAX_REVOCATION_PART = 120_000
const MAX_DID = 2_048

const pairs = nullable(text(MAX_REVOCATION_PART, /^[A-Za-z0-9_-]+$/, "base64url"))
const count = integer()
const shape = object({
  partition: count,
  next: nullable(base64urlSha256),
  devices: list(text(MAX_DID, /^did:/, "a DID"), MAX_RELYING),
  verified: pairs,
  annotated: pairs,
  total: nullable(object({ decisions: count, devices: count, partitions: count })),
})

/** What a part holds, before it is known which one comes after it. */
export interface PartContent {
  readonly devices: ReadonlyArray<string>
  /** Ascending by `offset`. */
  readonly decisions: ReadonlyArray<Relied>
  readonly total: RevocationTotal | null
}

/** A part as an entry carries it, with the partition that it is for. */
export interface OpenedPart extends RevocationPart {
  readonly partition: number
}

const append = (bytes: Array<number>, value: number): void => {
  let left = value
  while (left > 0x7f) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  bytes.push(left)
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2)

const encodePairs = (decisions: ReadonlyArray<Relied>, outcome: Relied["outcome"]): string | null => {
  const bytes: Array<number> = []
  let last = { offset: 0, at: 0 }
  for (const one of decisions) {
    if (one.outcome !== outcome) continue
    append(bytes, one.offset - last.offset)
    append(bytes, zigzag(one.at - last.at))
    last = one
  }
  return bytes.length === 0 ? null : Buffer.from(bytes).toString("base64url")
}

/** Null where they are none of ours, in another form than `encodePairs` writes, or more than a part may have. */
const decodePairs = (encoded: string | null, outcome: Relied["outcome"]): ReadonlyArray<Relied> | null => {
  if (encoded === null) return []
  const bytes = decodeBase64url(encoded)
  if (bytes === null) return null
  const numbers: Array<number> = []
  for (let at = 0; at < bytes.length; ) {
    let value = 0
    let scale = 1
    let byte = 0x80
    while (byte >= 0x80) {
      if (at === bytes.length || scale > Number.MAX_SAFE_INTEGER) return null
      byte = bytes[at]!
      at += 1
      value += (byte & 0x7f) * scale
      scale *= 0x80
    }
    if (!Number.isSafeInteger(value) || (byte === 0 && scale > 0x80)) return null
    numbers.push(value)
    if (numbers.length > 2 * MAX_RELIED) return null
  }
  if (numbers.length % 2 !== 0) return null
  const found: Array<Relied> = []
  let offset = 0
  let at = 0
  for (let index = 0; index < numbers.length; index += 2) {
    const rise = numbers[index]!
    if (index > 0 && rise === 0) return null
    offset += rise
    at += unzigzag(numbers[index + 1]!)
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(at) || at < 0) return null
    found.push({ offset, outcome, at })
  }
  return found
}

/**
 * The parts of one partition, each with the hash of the next one.
 * @returns the hash of the first, null where there is none, and the openings in their order
 * @throws RangeError where a part is too large, or not in order
 */
export const chainParts = (
  partition: number,
  parts: ReadonlyArray<PartContent>,
): { readonly head: string | null; readonly openings: ReadonlyArray<string> } => {
  const openings: Array<string> = []
  let next: string | null = null
  for (const { devices, decisions, total } of parts.toReversed()) {
    const [verified, annotated] = [encodePairs(decisions, "verified"), encodePairs(decisions, "annotated")]
    const value = { partition, next, devices, verified, annotated, total }
    const opening = MARK + Buffer.from(JSON.stringify(value)).toString("base64url")
    if (opening.length > MAX_REVOCATION_PART || decisions.length > MAX_RELIED || devices.length > MAX_RELYING)
      throw new RangeError(
        `a part of ${decisions.length} decisions, ${devices.length} devices, ${opening.length} characters`,
      )
    openings.unshift(opening)
    next = hashOfOpening(opening)
  }
  return { head: next, openings }
}

/** What an opening says; null where it is no part. Whether it is the next one of a list, the last stage knows. Never throws. */
export const openPart = (opening: string): OpenedPart | null => {
  if (opening.length > MAX_REVOCATION_PART) return null
  const json = parseStrict(Buffer.from(opening.slice(MARK.length), "base64url"))
  if ("reason" in json) return null
  const read = readShape(shape, json.value)
  if (!("value" in read)) return null
  const { partition, next, devices, total } = read.value
  const verified = decodePairs(read.value.verified, "verified")
  const annotated = decodePairs(read.value.annotated, "annotated")
  if (partition < 0 || verified === null || annotated === null) return null
  const decisions = [...verified, ...annotated].sort((a, b) => a.offset - b.offset)
  const isTwice = decisions.some(({ offset }, index) => index > 0 && offset === decisions[index - 1]!.offset)
  if (isTwice || decisions.length > MAX_RELIED) return null
  return { partition, hash: hashOfOpening(opening), next, devices, decisions, total }
}
