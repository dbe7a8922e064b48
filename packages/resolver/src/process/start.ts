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
  type Unavailable,
} from "@assay/knowledge"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { RootSet } from "@assay/trust"
import { type FetchOptions, getter } from "../fetch/get.ts"
import { type Look, looker } from "../look.ts"
import { Schedule } from "../schedule/schedule.ts"
import { ResolverPartition } from "./partition.ts"

export interface ResolverOptions {
  readonly log: Log
  readonly roots: RootSet
  /** A resolver of the bundle in force. */
  readonly key: RemoteKey
  readonly fetch: FetchOptions
  /** Hands in a signed item of a kind. */
  readonly publish: (kind: string, signed: Uint8Array) => Promise<void>
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
const MAX_DIDS = 1_000_000

interface Parts {
  readonly options: ResolverOptions
  readonly schedule: Schedule
  readonly look: Look
  readonly now: () => number
  readonly report: (message: string, cause: unknown) => void
}

/** Signs a body and hands it in. @throws what the key and `publish` throw */
const handIn = async ({ options: { key, publish } }: Parts, kind: string, type: string, body: unknown): Promise<void> =>
  publish(kind, await dsseSignWith(type, Buffer.from(JSON.stringify(body)), [key]))

const handInDocument = async (parts: Parts, body: DidDocumentBody): Promise<void> => {
  await handIn(parts, DID_DOCUMENT, DID_DOCUMENT_TYPE, body)
  parts.schedule.found(body.did, body)
  parts.options.onHandedIn?.(DID_DOCUMENT, body.did, `counts until ${new Date(body.expires).toISOString()}`)
}

const handInFact = async (parts: Parts, fact: Unavailable): Promise<void> => {
  await handIn(parts, DID_UNAVAILABLE, DID_UNAVAILABLE_TYPE, fact)
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
  const schedule = new Schedule({ softMs, hostPerMinute, principalPerMinute, maximum: MAX_DIDS })
  const look = looker({ get: getter(options.fetch), now, hardMs })
  const parts: Parts = { options, schedule, look, now, report }
  const looking = new Set<Promise<void>>()
  let isStopping = false
  const pump = (): void => {
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
  const loops: ReadonlyArray<Loop> = Array.from({ length: log.partitions }, (_, partition) =>
    runLoop(new ResolverPartition({ log, partition, roots, schedule, now, onAsked: pump }), {
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
    settled: async () => {
      await Promise.all(loops.map((loop) => loop.settled()))
      pump()
      while (looking.size > 0) await Promise.all(looking)
    },
    stop: async () => {
      isStopping = true
      clearInterval(timer)
      await Promise.all(loops.map((loop) => loop.stop().catch((cause: unknown) => report("stopping", cause))))
      await Promise.all(looking)
    },
  }
}
