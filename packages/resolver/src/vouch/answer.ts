/**
 * Vouching for what another resolver saw: a document that nothing proves but its server, or what a trust registry answered. Whoever is
 * asked looks, or asks, for itself, and signs the same bytes only where it finds the same. The question is an envelope that a resolver
 * of the bundle signed: nobody else makes this one ask any host for anything.
 */
import { locate } from "@assay/did-document"
import { dsseSignWith, dsseVerify, type RemoteKey } from "@assay/jose"
import { DID_DOCUMENT_TYPE, readDidDocument, readRegistry, TRUST_REGISTRY_TYPE } from "@assay/knowledge"
import type { TrustBundle } from "@assay/trust"
import type { Get } from "../fetch/get.ts"
import type { Look } from "../look.ts"
import { askAll, questionsOf, saidIn } from "../trqp/ask-all.ts"

/** How far the clocks of two resolvers may be apart, milliseconds. */
const SKEW_MS = 60_000

export interface VouchOptions {
  /** The bundle in force; null before there is one. */
  readonly bundle: () => TrustBundle | null
  readonly key: RemoteKey
  readonly look: Look
  readonly get: Get
  /** Where authorities behind a registry answer, by their id. */
  readonly through: ReadonlyMap<string, string>
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

/** Null where the host of a document publishes the same here. */
const whyOtherDocument = async (
  payload: Uint8Array,
  { look, hardMs, now }: VouchOptions,
): Promise<NotVouched | null> => {
  const read = readDidDocument(payload)
  if ("problem" in read) return no(read.problem)
  const { did, method, checked, expires } = read.body
  const location = locate(did)
  if (method === "webvh" || "reason" in location) return no("a did:webvh proves itself: one resolver is enough")
  if (Math.abs(now() - checked) > SKEW_MS) return no(`it was seen at ${checked}, and here it is ${now()}`)
  if (expires - checked > hardMs) return no(`it would count for longer than ${hardMs} ms`)
  const seen = await look(did)
  if ("why" in seen) return no(`it could not be had here (${seen.why}): ${seen.detail}`)
  const { published } = JSON.parse(Buffer.from(payload).toString("utf8")) as { readonly published: string }
  return published === seen.published ? null : no("its host publishes something else to this resolver")
}

/** Null where a registry of the bundle gives the same answers here. */
const whyOtherAnswers = async (
  payload: Uint8Array,
  bundle: TrustBundle,
  { get, through, now }: VouchOptions,
): Promise<NotVouched | null> => {
  const read = readRegistry(payload)
  if ("problem" in read) return no(read.problem)
  const { authority, framework, checked, answers } = read.body
  const registry = bundle.registries?.find((one) => one.authority === authority)
  if (registry?.framework !== framework)
    return no(`the bundle in force names no registry of ${authority} under ${framework}`)
  if (Math.abs(now() - checked) > SKEW_MS) return no(`it was asked at ${checked}, and here it is ${now()}`)
  const asked = questionsOf(read.body, registry, through)
  if ("unknown" in asked) return no(`it is not known here where ${asked.unknown} answers`)
  const own = await askAll({ get, now, maxAgeMs: registry.maxAgeMs }, asked)
  return saidIn(own.answers) === saidIn(answers) ? null : no("the registry gives other answers to this resolver")
}

export const vouchWith =
  (options: VouchOptions): Vouch =>
  async (envelope) => {
    const bundle = options.bundle()
    const roots = bundle?.resolvers?.dids ?? []
    if (bundle === null || roots.length === 0) return no("the bundle in force names no resolver")
    const document = dsseVerify(envelope, DID_DOCUMENT_TYPE, { roots, threshold: 1 })
    const isAnswers = "reason" in document && document.reason === "type"
    const type = isAnswers ? TRUST_REGISTRY_TYPE : DID_DOCUMENT_TYPE
    const opened = isAnswers ? dsseVerify(envelope, type, { roots, threshold: 1 }) : document
    if ("reason" in opened) return no(`no resolver of the bundle asks: ${opened.detail}`)
    const { payload } = opened
    const why = isAnswers ? await whyOtherAnswers(payload, bundle, options) : await whyOtherDocument(payload, options)
    return why ?? dsseSignWith(type, payload, [options.key])
  }
