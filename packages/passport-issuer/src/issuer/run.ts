/** The issuer of a deployment: one process, all partitions. It reads, and writes trust.passports alone. */
import { type Loop, limitRepeats, runLoop } from "@assay/consumer"
import type { PublicKey } from "@assay/did"
import { type Log, partitionOf } from "@assay/log"
import type { IssuedPassport } from "@assay/schemas"
import type { Signer } from "@assay/signing"
import { STREAMS } from "@assay/streams"
import type { RootSet } from "@assay/trust"
import { filterOf } from "../filter.ts"
import { signSnapshot } from "../sign.ts"
import { PassportPartition } from "./partition.ts"
import type { NoPassport } from "./terms.ts"
import { Withdrawn } from "./withdrawn.ts"

const IDLE_MS = 1_000
const REPORT_MS = 60_000
const PAUSES = { firstMs: 250, longestMs: 30_000 }

export interface IssuerOptions {
  readonly log: Log
  /** The epochs before it, oldest first, which nobody writes any more; none where left out. */
  readonly former?: ReadonlyArray<Log>
  readonly roots: RootSet
  readonly signer: Signer
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly idleMs?: number
  /** A problem that is tried again; the same one at most once a minute. */
  readonly onProblem: (what: string, cause: unknown) => void
}

/** `reading`: it has not read all that was decided; nobody is answered before that. */
export type Answered = IssuedPassport | NoPassport | "reading"

export interface RunningIssuer {
  readonly signer: string
  passport(did: string): Answered
  /** The key of this name in the document of a device that is in force; null where none counts, or while it reads. */
  listedKey(did: string, fragment: string): PublicKey | null
  /** The trust domain of the bundle in force; null before there is one. */
  trustDomain(): string | null
  /** The signed passport policy in force of a zone; null where there is none. */
  policy(zone: string): Uint8Array | null
  /** A revocation snapshot of now, as CWT; null while it reads. @param nonce base64url of 16 to 64 bytes, or null */
  snapshot(nonce: string | null): Promise<Uint8Array | null>
  /** Resolves when all that was decided until now is read, and those due are issued. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** Begins to read at once, and issues when it is at the end. Never rejects for what the log says: that is tried again. */
export const startIssuer = (options: IssuerOptions): RunningIssuer => {
  const { log, former = [], roots, signer, now = Date.now, idleMs = IDLE_MS } = options
  const problem = limitRepeats(options.onProblem, REPORT_MS)
  const withdrawn = new Withdrawn()
  let isAllRead = false
  const partitions: ReadonlyArray<PassportPartition> = Array.from(
    { length: log.partitions },
    (_, partition) =>
      new PassportPartition({
        log,
        former,
        partition,
        roots,
        signer,
        now,
        withdrawn,
        isAllRead: () => {
          isAllRead ||= !isReading()
          return isAllRead
        },
        onUnreadable: (stream, offset, cause) => problem(`${stream}/${partition}/${offset} cannot be read`, cause),
      }),
  )
  const loops: ReadonlyArray<Loop> = partitions.map((handler, partition) =>
    runLoop(handler, {
      log,
      at: { stream: STREAMS.audit, partition },
      idleMs,
      pauses: PAUSES,
      atStop: "step",
      onProblem: ({ cause }) => problem(`issuing the passports of partition ${partition} failed`, cause),
    }),
  )
  const isReading = (): boolean => partitions.some(({ isAtEnd }) => !isAtEnd)
  const homeOf = (did: string): PassportPartition => partitions[partitionOf(Buffer.from(did), log.partitions)]!
  return {
    signer: signer.did,
    listedKey: (did, fragment) => homeOf(did).listed(did, fragment)?.key ?? null,
    passport: (did) => {
      const home = homeOf(did)
      return home.isAtEnd ? home.current(did) : "reading"
    },
    trustDomain: () => partitions[0]!.knowledge.bundle?.body.trustDomain ?? null,
    policy: (zone) => partitions[0]!.knowledge.policyOf(zone),
    snapshot: async (nonce) => {
      const aud = partitions[0]!.knowledge.bundle?.body.trustDomain
      if (isReading() || aud === undefined) return null
      const iat = Math.floor(now() / 1_000)
      // Time only rises, and so does the version: of two snapshots of one second either may be kept.
      return signSnapshot(
        { aud, iat, version: iat, nonce, ...filterOf(partitions.flatMap(({ revoked }) => revoked)) },
        signer,
      )
    },
    settled: async () => {
      await Promise.all(loops.map((loop) => loop.settled()))
    },
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}
