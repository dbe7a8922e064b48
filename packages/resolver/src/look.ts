/** Looks for the document of a DID: asks its host for what the method publishes, and verifies it by the method's own rules. */
import { locate, MAX_DOCUMENT_BYTES, MAX_LOG_BYTES, MAX_WITNESS_BYTES, verifyWebvh } from "@assay/did-document"
import { type DidDocumentBody, readDidDocument, type UnavailableReason } from "@assay/knowledge"
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
  why: reason === "too_large" ? "invalid" : reason,
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
  ({ get, now, hardMs }: LookOptions): Look =>
  async (did) => {
    const location = locate(did)
    if ("reason" in location) return invalid(location.detail)
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
    const body: DidDocumentBody = { did, checked, expires: checked + hardMs, published: document, witness: proofs }
    const read = readDidDocument(Buffer.from(JSON.stringify(body)))
    return "problem" in read ? invalid(read.problem) : body
  }
