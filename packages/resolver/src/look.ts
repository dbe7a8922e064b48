/** Looks for the document of a DID: asks its host for what the method publishes, and verifies it by the method's own rules. */
import {
  canonical,
  locate,
  MAX_DOCUMENT_BYTES,
  MAX_LOG_BYTES,
  MAX_WITNESS_BYTES,
  methodOf,
  verifyWebvh,
} from "@assay/did-document"
import { isObject, parseStrictObject } from "@assay/jose"
import { type DidDocumentBody, readDidDocument, type UnavailableReason } from "@assay/knowledge"
import { type EthrOptions, lookEthr } from "./ethr/look.ts"
import type { FetchFailure, Get } from "./fetch/get.ts"

/** No document, and why. */
export interface NotHad {
  readonly why: UnavailableReason
  /** For people, one line. */
  readonly detail: string
}

export interface LookOptions {
  readonly get: Get
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How long a document counts after it was seen, milliseconds. */
  readonly hardMs: number
  /** Where documents of other methods are asked for; left out: nowhere. */
  readonly universal?: UniversalResolver | undefined
  /** Nodes of chains, which are asked for did:ethr; left out: none, and a did:ethr is asked for as any other method. */
  readonly ethr?: EthrOptions | undefined
}

/** A Universal Resolver (DIF), or another service that speaks DID Resolution over HTTPS (W3C DID Resolution 1.0, section 7). */
export interface UniversalResolver {
  readonly host: string
  /** Before `/1.0/identifiers/`; "" or begins with a slash. */
  readonly path: string
}

/** Text is served as such, or as bytes of no type by hosts that know none for it. */
const LOG_TYPES = ["text/jsonl", "application/jsonl", "application/json", "text/plain", "application/octet-stream"]
const JSON_TYPES = [
  "application/json",
  "application/did+json",
  "application/did+ld+json",
  "application/did",
  "text/plain",
]

const notHad = ({ reason, detail }: FetchFailure): NotHad => ({
  // `unchanged` is answered only to who names a version, and no look does.
  why: reason === "too_large" ? "invalid" : reason === "unchanged" ? "refused" : reason,
  detail: oneLine(detail),
})

const invalid = (detail: string): NotHad => ({ why: "invalid", detail: oneLine(detail) })

/** What a server writes must not pass for anything but text. */
const oneLine = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, " ").slice(0, 256) || "no detail"

/** Never rejects. At most two requests: the log, and the proofs of its witnesses where it names some. */
export type Look = (did: string) => Promise<DidDocumentBody | NotHad>

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const textOf = (bytes: Uint8Array): string | null => {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

export const looker =
  ({ get, now, hardMs, universal, ethr }: LookOptions): Look =>
  async (did) => {
    const location = locate(did)
    if ("reason" in location) return invalid(location.detail)
    if (ethr !== undefined && methodOf(did) === "ethr") {
      const history = await lookEthr(did, ethr)
      if (typeof history !== "string") return { why: history.why, detail: oneLine(history.detail) }
      return checkedBody({ did, published: history, witness: null }, now(), hardMs)
    }
    if (location.method === "universal") {
      if (universal === undefined) return { why: "not_allowed", detail: "no Universal Resolver is configured" }
      const published = await askUniversal(get, universal, did)
      return typeof published === "string" ? checkedBody({ did, published, witness: null }, now(), hardMs) : published
    }
    const { method, host, path, witnessPath } = location
    const maximum = method === "web" ? MAX_DOCUMENT_BYTES : MAX_LOG_BYTES
    const published = await get({ host, path, maximum, types: method === "web" ? JSON_TYPES : LOG_TYPES })
    if ("reason" in published) return notHad(published)
    const checked = now()
    let witness: Buffer | null = null
    if (witnessPath !== null) {
      const found = verifyWebvh({ did, log: published, witness: null, at: checked })
      if ("reason" in found && found.reason === "witness") {
        const proofs = await get({ host, path: witnessPath, maximum: MAX_WITNESS_BYTES, types: JSON_TYPES })
        if ("reason" in proofs) return notHad(proofs)
        witness = proofs
      }
    }
    const [document, proofs] = [textOf(published), witness === null ? null : textOf(witness)]
    if (document === null || (proofs === null && witness !== null)) return invalid("it is not in UTF-8")
    return checkedBody({ did, published: document, witness: proofs }, checked, hardMs)
  }

/** What is signed, where the method's rules hold for it. */
const checkedBody = (
  found: Pick<DidDocumentBody, "did" | "published" | "witness">,
  checked: number,
  hardMs: number,
): DidDocumentBody | NotHad => {
  const body: DidDocumentBody = { ...found, checked, expires: checked + hardMs }
  const read = readDidDocument(Buffer.from(JSON.stringify(body)))
  return "problem" in read ? invalid(read.problem) : body
}

const RESULT_TYPES = [...JSON_TYPES, "application/did-resolution", "application/ld+json"]

/** The document alone, in its canonical form: what else a result says (times, durations) differs from one look to the next. */
const askUniversal = async (get: Get, { host, path }: UniversalResolver, did: string): Promise<string | NotHad> => {
  const place = { host, path: `${path}/1.0/identifiers/${did}`, maximum: 2 * MAX_DOCUMENT_BYTES, types: RESULT_TYPES }
  const bytes = await get(place)
  if ("reason" in bytes) return notHad(bytes)
  const read = parseStrictObject(bytes)
  if ("reason" in read) return invalid(read.detail)
  const { didDocument = read.value, didDocumentMetadata } = read.value
  if (isObject(didDocumentMetadata) && didDocumentMetadata["deactivated"] === true) return invalid("it is deactivated")
  return isObject(didDocument) ? canonical(didDocument) : invalid("the result has no document")
}
