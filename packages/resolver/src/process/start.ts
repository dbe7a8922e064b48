/**
 * The resolver of a deployment: follows what was rejected for want of a document, looks for it, signs what it found, or that it
 * could not be had, and hands that in as knowledge. It only reads and hands in; no stage waits for it. Two of them do no harm: the
 * second word of a minute is refused.
 */
import { type Loop, limitRepeats, runLoop } from "@assay/consumer"
import { keyIdOfDid } from "@assay/did"
import { dsseSignWith, type RemoteKey } from "@assay/jose"
import {
  DID_DOCUMENT,
  DID_DOCUMENT_TYPE,
  DID_UNAVAILABLE,
  DID_UNAVAILABLE_TYPE,
  type DidDocumentBody,
  SIGNER_DOCUMENT,
  STATUS_LIST,
  TRUST_REGISTRY,
  type Unavailable,
} from "@assay/knowledge"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { RootSet, TrustBundle } from "@assay/trust"
import type { EthrOptions } from "../ethr/look.ts"
import { type FetchOptions, getter } from "../fetch/get.ts"
import { StatusLists } from "../lists/follow.ts"
import { type Look, looker, type NotHad, type UniversalResolver } from "../look.ts"
import { Registries } from "../registries/renew.ts"
import { Schedule } from "../schedule/schedule.ts"
import { Signers } from "../signers/follow.ts"
import { type Vouch, vouchWith } from "../vouch/answer.ts"
import { gatherVouches, type Peer } from "../vouch/ask.ts"
import { ResolverPartition } from "./partition.ts"
import { methodLabel, NOBODY_WATCHES, type ResolverState, type Watch } from "./watch.ts"

export interface ResolverOptions {
  readonly log: Log
  readonly roots: RootSet
  /** A resolver of the bundle in force. */
  readonly key: RemoteKey
  readonly fetch: FetchOptions
  /** Where documents of other methods are asked for; left out: nowhere. */
  readonly universal?: UniversalResolver | undefined
  /** Nodes of chains for did:ethr, by the network, and how many blocks must stand above what is read of them. Default: none */
  readonly ethr?: Pick<EthrOptions, "nodes" | "confirmations"> | undefined
  /** Hands in a signed item of a kind. */
  readonly publish: (kind: string, signed: Uint8Array) => Promise<void>
  /** Other resolvers, which are asked to vouch for documents of did:web where the bundle wants several. Default: none. */
  readonly peers?: ReadonlyArray<Peer>
  /** Where authorities behind trust registries answer, by their id. Default: none. */
  readonly through?: ReadonlyMap<string, string>
  /** How often the documents of issuers and operators are looked at. Default: 5 minutes */
  readonly signerMs?: number
  /** How often each status list of an issuer is asked for, unless it says that it may be kept for longer. Default: 10 s */
  readonly statusMs?: number
  /** Defaults: a document is looked at again after 6 hours, and counts for 3 days. Milliseconds. */
  readonly softMs?: number
  readonly hardMs?: number
  /** Default: 60 requests to a host, and 60 DIDs of a principal, in a minute. */
  readonly hostPerMinute?: number
  readonly principalPerMinute?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly onProblem: (message: string, cause: unknown) => void
  /** What was handed in; for people. */
  readonly onHandedIn?: (kind: string, did: string, detail: string) => void
  readonly watch?: Watch
}

export interface RunningResolver {
  /** Vouches for what another resolver saw. @throws what the key throws */
  readonly vouch: Vouch
  /** Resolves when all that stands in the log now is read, and what is due was looked for. Never rejects. */
  settled(): Promise<void>
  state(): ResolverState
  /** Why nothing that it hands in could count; null where it does its work. */
  notReady(): string | null
  stop(): Promise<void>
}

const HOUR_MS = 3_600_000
const CHECK_MS = 1_000
const IDLE_MS = 30_000
const PAUSES = { firstMs: 500, longestMs: 30_000 }
const REPORT_EVERY_MS = 60_000
const AT_ONCE = 8
const STATUS_MS = 10_000
const SIGNER_MS = 300_000
/** Requests for status lists to one host. */
const LISTS_PER_MINUTE = 600
const MAX_DIDS = 1_000_000

interface Parts {
  readonly options: ResolverOptions
  readonly schedule: Schedule
  readonly look: Look
  readonly now: () => number
  readonly report: (message: string, cause: unknown) => void
  readonly signers: Signers
  readonly watch: Watch
  /** The bundle in force; null before there is one. */
  readonly bundle: () => TrustBundle | null
}

const signedBody = ({ options: { key } }: Parts, type: string, body: unknown): Promise<Uint8Array> =>
  dsseSignWith(type, Buffer.from(JSON.stringify(body)), [key])

/** Signs what was found and hands it in; of did:web only with as many others as the bundle asks for. */
const handInDocument = async (parts: Parts, body: DidDocumentBody): Promise<void> => {
  const own = await signedBody(parts, DID_DOCUMENT_TYPE, body)
  const { dids = [], web = 1 } = parts.bundle()?.resolvers ?? {}
  const isProven = body.did.startsWith("did:webvh:")
  const item =
    isProven || web < 2 ? own : await gatherVouches(own, DID_DOCUMENT_TYPE, web, dids, parts.options.peers ?? [])
  const kind = parts.signers.has(body.did) ? SIGNER_DOCUMENT.name : DID_DOCUMENT
  await parts.options.publish(kind, item)
  if (kind === DID_DOCUMENT) parts.schedule.found(body.did, body)
  else parts.signers.handedIn(body)
  parts.watch.handedIn(kind)
  parts.options.onHandedIn?.(kind, body.did, `counts until ${new Date(body.expires).toISOString()}`)
}

const handInFact = async (parts: Parts, fact: Unavailable): Promise<void> => {
  await parts.options.publish(DID_UNAVAILABLE, await signedBody(parts, DID_UNAVAILABLE_TYPE, fact))
  parts.schedule.notFound(fact.did, fact)
  parts.watch.handedIn(DID_UNAVAILABLE)
  parts.options.onHandedIn?.(DID_UNAVAILABLE, fact.did, `${fact.why}: ${fact.detail}`)
}

const lookAt = async ({ look, watch }: Parts, did: string): Promise<DidDocumentBody | NotHad> => {
  const from = performance.now()
  const found = await look(did)
  watch.looked(methodLabel(did), "why" in found ? found.why : "found", (performance.now() - from) / 1_000)
  return found
}

/** No message of an issuer or operator waits for a fact: what is known of it stays, and the resolver says what is wrong. */
const withoutDocument = async (parts: Parts, did: string, found: NotHad): Promise<void> => {
  const { schedule, signers, now, report, watch, options } = parts
  const checked = now()
  const pause = schedule.pauseOf(did, found.why)
  if (!signers.has(did)) return handInFact(parts, { did, checked, again: checked + pause, ...found })
  // What is in force of it goes on ending: it is looked for as often as ever.
  schedule.notFound(did, { checked, again: checked + Math.min(pause, options.signerMs ?? SIGNER_MS) })
  watch.failed(SIGNER_DOCUMENT.name)
  report(`the document of the issuer or operator ${did}`, new Error(`${found.why}: ${found.detail}`))
}

/** One look, and what it came to. Never rejects. */
const resolveOne = async (parts: Parts, did: string): Promise<void> => {
  const { schedule, signers, now, report, watch } = parts
  const isSigner = signers.has(did)
  try {
    const found = await lookAt(parts, did)
    // The bundle may have dropped it meanwhile: it is nobody's device.
    if (isSigner && !signers.has(did)) return
    if ("why" in found) return await withoutDocument(parts, did, found)
    if (isSigner && !signers.isNews(found)) return
    await handInDocument(parts, found)
  } catch (cause) {
    schedule.gaveUp(did, now())
    watch.failed(isSigner ? SIGNER_DOCUMENT.name : DID_DOCUMENT)
    report(`handing in what was found of ${did}`, cause)
  }
}

const whyNotReady = (bundle: TrustBundle | null, did: string): string | null => {
  if (bundle === null) return "no trust bundle is in force, or it is not read yet"
  const named = bundle.resolvers?.dids.some((one) => keyIdOfDid(one) === keyIdOfDid(did)) ?? false
  return named ? null : `the trust bundle in force does not name ${did} among its resolvers`
}

/** Begins to read at once. */
export const startResolver = (options: ResolverOptions): RunningResolver => {
  const { log, roots, softMs = 6 * HOUR_MS, hardMs = 72 * HOUR_MS, now = Date.now } = options
  if (softMs >= hardMs) throw new RangeError("the soft age must be less than the hard age")
  const { hostPerMinute = 60, principalPerMinute = 60 } = options
  const report = limitRepeats(options.onProblem, REPORT_EVERY_MS)
  const get = getter(options.fetch)
  const { watch = NOBODY_WATCHES, through = new Map<string, string>() } = options
  const failing =
    (kind: string) =>
    (message: string, cause: unknown): void => {
      watch.failed(kind)
      report(message, cause)
    }
  const handedIn =
    (kind: string) =>
    (name: string, detail: string): void => {
      watch.handedIn(kind)
      options.onHandedIn?.(kind, name, detail)
    }
  const lists = new StatusLists({
    get,
    everyMs: options.statusMs ?? STATUS_MS,
    hostPerMinute: LISTS_PER_MINUTE,
    publish: (signed) => options.publish(STATUS_LIST.name, signed),
    report: failing(STATUS_LIST.name),
    onHandedIn: handedIn(STATUS_LIST.name),
    now,
  })
  const registries = new Registries({
    get,
    key: options.key,
    peers: options.peers ?? [],
    through,
    publish: (signed) => options.publish(TRUST_REGISTRY.name, signed),
    report: failing(TRUST_REGISTRY.name),
    onHandedIn: handedIn(TRUST_REGISTRY.name),
    now,
  })
  const schedule = new Schedule({ softMs, hostPerMinute, principalPerMinute, maximum: MAX_DIDS })
  const signers = new Signers({ schedule, everyMs: options.signerMs ?? SIGNER_MS, softMs, now })
  const { ethr: nodes } = options
  const ethr = nodes === undefined ? undefined : { ...nodes, registries: () => bundle()?.resolvers?.ethr ?? [] }
  const look = looker({ get, now, hardMs, universal: options.universal, ethr })
  const partitions: Array<ResolverPartition> = []
  const bundle = (): TrustBundle | null => partitions[0]?.bundle?.body ?? null
  const parts: Parts = { options, schedule, look, now, report, signers, watch, bundle }
  const looking = new Set<Promise<void>>()
  let isStopping = false
  const pump = (): void => {
    if (!isStopping) {
      void lists.look()
      void registries.look()
    }
    while (!isStopping && looking.size < AT_ONCE) {
      const did = schedule.take(now())
      if (did === null) return
      const one = resolveOne(parts, did).finally(() => {
        looking.delete(one)
        pump()
      })
      looking.add(one)
    }
  }
  for (let partition = 0; partition < log.partitions; partition++)
    partitions.push(
      new ResolverPartition({ log, partition, roots, schedule, lists, signers, registries, watch, now, onAsked: pump }),
    )
  const loops: ReadonlyArray<Loop> = partitions.map((handler, partition) =>
    runLoop(handler, {
      log,
      at: { stream: STREAMS.rejected, partition },
      idleMs: IDLE_MS,
      pauses: PAUSES,
      atStop: "step",
      onProblem: ({ cause }) => report(`reading partition ${partition}`, cause),
    }),
  )
  const timer = setInterval(pump, CHECK_MS)
  timer.unref()
  return {
    vouch: vouchWith({ bundle, key: options.key, look, get, through, hardMs, now }),
    notReady: () => whyNotReady(bundle(), options.key.did),
    state: () => ({
      dids: schedule.size,
      signers: signers.size,
      lists: lists.size,
      registries: registries.size,
      looking: looking.size,
      behindMs: schedule.behindMs(now()),
      hostWaits: schedule.hostWaits,
    }),
    settled: async () => {
      await Promise.all(loops.map((loop) => loop.settled()))
      pump()
      while (looking.size > 0) await Promise.all(looking)
      await lists.look()
      await registries.look()
    },
    stop: async () => {
      isStopping = true
      clearInterval(timer)
      await Promise.all(loops.map((loop) => loop.stop().catch((cause: unknown) => report("stopping", cause))))
      await Promise.all(looking)
      await lists.stop()
      await registries.stop()
    },
  }
}
