/**
 * The fact that the document of a DID could not be had when a resolver looked, and when it will look again. It says why a message
 * waits, and nothing else: a document that is in force stays so until its own end.
 */
import { locate } from "@assay/did-document"
import { integer, object, oneOf, text } from "@assay/jose/shape"
import { signedByResolvers } from "../../authority/resolvers.ts"
import { DSSE_MEDIA_TYPE, refuse } from "../../authority/roots.ts"
import { memberOf, plainOf, readJson } from "../../bodies/read-json.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

export const DID_UNAVAILABLE = "did-unavailable"

/** The DSSE payload type: the JSON text. */
export const DID_UNAVAILABLE_TYPE = "application/vnd.assay.did-unavailable+json"

/** `not_allowed`: the host is not among those that may be asked. `not_found`: it has none. `unreachable`: no answer. `refused`: another answer than a document. `invalid`: a document that its method's rules refuse. */
export const UNAVAILABLE_REASONS = ["not_allowed", "not_found", "unreachable", "refused", "invalid"] as const
export type UnavailableReason = (typeof UNAVAILABLE_REASONS)[number]

/** Times in milliseconds since 1970. */
export interface Unavailable {
  readonly did: string
  readonly checked: number
  /** When it is looked for again. */
  readonly again: number
  readonly why: UnavailableReason
  /** For people. */
  readonly detail: string
}

const MAX_BYTES = 4_096
/** Facts of one partition. */
const MAX_FACTS = 65_536
/** The longest pause until it is looked for again: a day. */
export const MAX_PAUSE_MS = 86_400_000
/** After the next look another fact, or a document, stands in its place. */
const GRACE_MS = 3_600_000
const SECOND_MS = 1_000

const shape = object({
  did: text(1_024, /^did:/, "a DID"),
  checked: integer(1),
  again: integer(1),
  why: oneOf(UNAVAILABLE_REASONS),
  detail: text(256, /^[^\p{C}\p{Zl}\p{Zp}]+$/u, "one line of text"),
})

const whyOdd = ({ did, checked, again }: Unavailable): string | null => {
  const location = locate(did)
  if ("reason" in location) return `did: ${location.detail}`
  return again > checked && again - checked <= MAX_PAUSE_MS
    ? null
    : `again must be 1 to ${MAX_PAUSE_MS} ms after checked`
}

const read = (bytes: Uint8Array) => readJson(bytes, shape, MAX_BYTES, whyOdd)

/** u8 layout (1) | u8 place in UNAVAILABLE_REASONS | u48 BE checked | u48 BE again */
const encode = ({ checked, again, why }: Unavailable): Uint8Array => {
  const bytes = Buffer.alloc(14)
  bytes[0] = 1
  bytes[1] = UNAVAILABLE_REASONS.indexOf(why)
  bytes.writeUIntBE(checked, 2, 6)
  bytes.writeUIntBE(again, 8, 6)
  return bytes
}

/** What is kept of a fact. @throws RangeError where the bytes are none of ours: the state is damaged */
export const decodeUnavailable = (bytes: Uint8Array): Pick<Unavailable, "checked" | "again" | "why"> => {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const why = UNAVAILABLE_REASONS[from[1]!]
  if (from.length !== 14 || from[0] !== 1 || why === undefined)
    throw new RangeError("a fact about a document is damaged")
  return { checked: from.readUIntBE(2, 6), again: from.readUIntBE(8, 6), why }
}

export const DID_UNAVAILABLE_KIND: KnowledgeKind<Unavailable> = {
  name: DID_UNAVAILABLE,
  title: KIND_TITLES[DID_UNAVAILABLE],
  scope: "home",
  inRows: true,
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 4 * MAX_BYTES, subjects: MAX_FACTS },
  required: false,
  subject: (bytes) => memberOf(bytes, ({ did }) => did),
  open: (bytes, context) => {
    const signed = signedByResolvers(bytes, DID_UNAVAILABLE_TYPE, context)
    if ("reasons" in signed) return signed
    const found = read(signed.payload)
    if ("problem" in found) return refuse("control.knowledge_malformed", found.problem)
    const { body } = found
    return { version: Math.floor(body.checked / SECOND_MS), body, subject: body.did }
  },
  project: encode,
  expiresAt: ({ again }) => again + GRACE_MS,
  notBefore: ({ checked }) => checked,
  stops: "subject",
  plain: {
    payloadType: DID_UNAVAILABLE_TYPE,
    read: (bytes, { file }) => plainOf(read(bytes), file),
    explain: ({ did, checked, again, why, detail }) => [
      `${did} could not be had at ${new Date(checked).toISOString()} (${why}: ${detail}); it is looked for again at ${new Date(again).toISOString()}`,
    ],
  },
}
