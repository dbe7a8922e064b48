/**
 * The resolver of a deployment: follows what was rejected for want of a document, looks for it, signs what it found, or that it
 * could not be had, and hands that in as knowledge. It only reads and hands in; no stage waits for it. Two of them do no harm: the
 * second word of a minute is refused.
 */
import { type Loop, limitRepeats, runLoop } from "@assay/consumer"
import { dsseSignWith, type RemoteKey } from "@assay/jose"
import {
  DID_DOCUMENT,
  DID_DOCUMENT_TYPE,
  DID_UNAVAILABLE,
  DID_UNAVAILABLE_TYPE,
  type DidDocumentBody,
  STATUS_LIST,
  type Unavailable,
} from "@assay/knowledge"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { RootSet, TrustBundle } from "@assay/trust"
import { type FetchOptions, getter } from "../fetch/get.ts"
import { StatusLists } from "../lists/follow.ts"
import { type Look, looker, type UniversalResolver } from "../look.ts"
import { Schedule } from "../schedule/schedule.ts"
import { type Vouch, vouchWith } from "../vouch/answer.ts"
import { gatherVouches, type Peer } from "../vouch/ask.ts"
import { ResolverPartition } from "./partition.ts"

export interface ResolverOptions {
  readonly log: Log
  readonly roots: RootSet
  /** A resolver of the bundle in force. */
  readonly key: RemoteKey
  readonly fetch: FetchOptions
  /** Where documents of other methods are asked for; left out: nowhere. */
  readonly universal?: UniversalResolver | undefined
  /** Hands in a signed item of a kind. */
  readonly publish: (kind: string, signed: Uint8Array) => Promise<void>
  /** Other resolvers, which are asked to vouch for documents of did:web where the bundle wants several. Default: none. */
  readonly peers?: ReadonlyArray<Peer>
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
}

export interface RunningResolver {
  /** Vouches for what another resolver saw. @throws what the key throws */
  readonly vouch: Vouch
  /** Resolves when all that stands in the log now is read, and what is due was looked for. Never rejects. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const HOUR_MS = 3_600_000
const CHECK_MS = 1_000
const IDLE_MS = 30_000
const PAUSES = { firstMs: 500, longestMs: 30_000 }
const REPORT_EVERY_MS = 60_000
const AT_ONCE = 8
const STATUS_MS = 10_000
/** Requests for status lists to one host. */
const LISTS_PER_MINUTE = 600
const MAX_DIDS = 1_000_000

interface Parts {
  readonly options: ResolverOptions
  readonly schedule: Schedule
  readonly look: Look
  readonly now: () => number
  readonly report: (message: string, cause: unknown) => void
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
  const item = isProven || web < 2 ? own : await gatherVouches(own, web, dids, parts.options.peers ?? [])
  await parts.options.publish(DID_DOCUMENT, item)
  parts.schedule.found(body.did, body)
  parts.options.onHandedIn?.(DID_DOCUMENT, body.did, `counts until ${new Date(body.expires).toISOString()}`)
}

const handInFact = async (parts: Parts, fact: Unavailable): Promise<void> => {
  await parts.options.publish(DID_UNAVAILABLE, await signedBody(parts, DID_UNAVAILABLE_TYPE, fact))
  parts.schedule.notFound(fact.did, fact)
  parts.options.onHandedIn?.(DID_UNAVAILABLE, fact.did, `${fact.why}: ${fact.detail}`)
}

/** One look, and what it came to. Never rejects. */
const resolveOne = async (parts: Parts, did: string): Promise<void> => {
  const { schedule, look, now, report } = parts
  try {
    const found = await look(did)
    if (!("why" in found)) return await handInDocument(parts, found)
    const checked = now()
    await handInFact(parts, { did, checked, again: checked + schedule.pauseOf(did, found.why), ...found })
  } catch (cause) {
    schedule.gaveUp(did, now())
    report(`handing in what was found of ${did}`, cause)
  }
}

/** Begins to read at once. */
export const startResolver = (options: ResolverOptions): RunningResolver => {
  const { log, roots, softMs = 6 * HOUR_MS, hardMs = 72 * HOUR_MS, now = Date.now } = options
  if (softMs >= hardMs) throw new RangeError("the soft age must be less than the hard age")
  const { hostPerMinute = 60, principalPerMinute = 60 } = options
  const report = limitRepeats(options.onProblem, REPORT_EVERY_MS)
  const get = getter(options.fetch)
  const lists = new StatusLists({
    get,
    everyMs: options.statusMs ?? STATUS_MS,
    hostPerMinute: LISTS_PER_MINUTE,
    publish: (signed) => options.publish(STATUS_LIST.name, signed),
    report,
    onHandedIn: (id, detail) => options.onHandedIn?.(STATUS_LIST.name, id, detail),
    now,
  })
  const schedule = new Schedule({ softMs, hostPerMinute, principalPerMinute, maximum: MAX_DIDS })
  const look = looker({ get, now, hardMs, universal: options.universal })
  const partitions: Array<ResolverPartition> = []
  const bundle = (): TrustBundle | null => partitions[0]?.bundle?.body ?? null
  const parts: Parts = { options, schedule, look, now, report, bundle }
  const looking = new Set<Promise<void>>()
  let isStopping = false
  const pump = (): void => {
    if (!isStopping) void lists.look()
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
    partitions.push(new ResolverPartition({ log, partition, roots, schedule, lists, now, onAsked: pump }))
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
    vouch: vouchWith({ bundle, key: options.key, look, hardMs, now }),
    settled: async () => {
      await Promise.all(loops.map((loop) => loop.settled()))
      pump()
      while (looking.size > 0) await Promise.all(looking)
      await lists.look()
    },
    stop: async () => {
      isStopping = true
      clearInterval(timer)
      await Promise.all(loops.map((loop) => loop.stop().catch((cause: unknown) => report("stopping", cause))))
      await Promise.all(looking)
      await lists.stop()
    },
  }
}
