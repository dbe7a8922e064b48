/**
 * Vouching for what another resolver saw: a document of did:web, which nothing proves but its server. Whoever is asked looks for
 * itself, and signs the same bytes only where its host publishes them to it too. The question is an envelope that a resolver of the
 * bundle signed: nobody else makes this one ask any host for anything.
 */
import { locate } from "@assay/did-document"
import { dsseSignWith, dsseVerify, type RemoteKey } from "@assay/jose"
import { DID_DOCUMENT_TYPE, readDidDocument } from "@assay/knowledge"
import type { TrustBundle } from "@assay/trust"
import type { Look } from "../look.ts"

/** How far the clocks of two resolvers may be apart, milliseconds. */
const SKEW_MS = 60_000

export interface VouchOptions {
  /** The bundle in force; null before there is one. */
  readonly bundle: () => TrustBundle | null
  readonly key: RemoteKey
  readonly look: Look
  readonly hardMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Why it does not vouch, for people. */
export interface NotVouched {
  readonly detail: string
}

const no = (detail: string): NotVouched => ({ detail })

/** An envelope of the same payload under this resolver's key, or why there is none. @throws what the key throws */
export type Vouch = (envelope: Uint8Array) => Promise<Uint8Array | NotVouched>

export const vouchWith =
  ({ bundle, key, look, hardMs, now }: VouchOptions): Vouch =>
  async (envelope) => {
    const dids = bundle()?.resolvers?.dids ?? []
    if (dids.length === 0) return no("the bundle in force names no resolver")
    const opened = dsseVerify(envelope, DID_DOCUMENT_TYPE, { roots: dids, threshold: 1 })
    if ("reason" in opened) return no(`no resolver of the bundle asks: ${opened.detail}`)
    const read = readDidDocument(opened.payload)
    if ("problem" in read) return no(read.problem)
    const { did, method, checked, expires } = read.body
    const location = locate(did)
    if (method === "webvh" || "reason" in location) return no("a did:webvh proves itself: one resolver is enough")
    if (Math.abs(now() - checked) > SKEW_MS) return no(`it was seen at ${checked}, and here it is ${now()}`)
    if (expires - checked > hardMs) return no(`it would count for longer than ${hardMs} ms`)
    const seen = await look(did)
    if ("why" in seen) return no(`it could not be had here (${seen.why}): ${seen.detail}`)
    const { published } = JSON.parse(Buffer.from(opened.payload).toString("utf8")) as { readonly published: string }
    if (published !== seen.published) return no("its host publishes something else to this resolver")
    return dsseSignWith(DID_DOCUMENT_TYPE, opened.payload, [key])
  }
