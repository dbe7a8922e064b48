/**
 * Which decisions relied on which key, credential or issuer: an index beside the log, in a directory of its own, that any process can
 * throw away and make anew. It holds 40 bytes for each decision that was issued, and what devices have shown; no name of a device.
 */
import { createHmac } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { Lru } from "@assay/bounded"
import { readCredential } from "@assay/credentials"
import { keyIdOfDid } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import { type Log, recordsIn } from "@assay/log"
import { openMessage } from "@assay/message"
import { decodeAssayed, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AssayedMessage, signerOf } from "@assay/trust"
import {
  appendDurably,
  type Contents,
  newContents,
  type PartitionContents,
  readContents,
  type SegmentFile,
  writeContents,
} from "./contents.ts"
import { holds, Pending } from "./pending.ts"
import { byOffset, merged, pickRows, placeOf, ROW_NUMBERS, type Row, readRows, sorted, writeRows } from "./rows.ts"

/** What a device has shown, and where its presentation lies. */
export interface Shown extends Row {
  readonly credentials: ReadonlyArray<{ readonly hash: string; readonly issuer: string }>
}

/** Rows that are kept in memory before they become a file: 40 MiB. */
const FLUSH_ROWS = 1 << 20
/** Files are merged up to this size: 160 MiB. */
const MAX_SEGMENT_ROWS = 1 << 22
/** Characters of what was shown that are kept in memory. */
const MAX_SHOWN = 32 << 20
const SIGNERS = 65_536
/** Streams whose messages were issued, and that of those which were taken back. */
const ISSUED = [STREAMS.verified, STREAMS.annotated] as const

interface Work {
  readonly rows: Pending
  readonly revoked: Pending
  shown: string
  next: Record<string, number>
  latest: number
}

type Identity = Pick<Log, "epoch" | "genesis" | "partitions">

export class RelianceIndex {
  readonly #dir: string
  #contents: Contents
  readonly #work = new Map<number, Work>()
  readonly #signers = new Lru<number>(SIGNERS)

  private constructor(dir: string, contents: Contents) {
    this.#dir = dir
    this.#contents = contents
  }

  /** One process at a time may have it. @throws Error where the directory holds the index of another log */
  static open(dir: string, log: Identity): RelianceIndex {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const kept = readContents(dir)
    if (
      kept !== null &&
      (kept.epoch !== log.epoch || kept.genesis !== log.genesis || kept.partitions.length !== log.partitions)
    )
      throw new Error(`${dir} holds the index of another log: name another directory with --index, or remove it`)
    const index = new RelianceIndex(dir, kept ?? newContents(log))
    if (kept === null) writeContents(dir, index.#contents)
    index.#recover()
    return index
  }

  /** Rows that are written. */
  get rows(): number {
    return this.#contents.partitions.reduce(
      (sum, { segments }) => sum + segments.reduce((rows, segment) => rows + segment.rows, 0),
      0,
    )
  }

  /** What was not finished goes. */
  #recover(): void {
    const named = new Set(this.#contents.partitions.flatMap(({ segments }) => segments.map(({ file }) => file)))
    for (const file of readdirSync(this.#dir))
      if (file.endsWith(".rows") && !named.has(file)) rmSync(join(this.#dir, file))
    for (const [partition, { shown, revoked }] of this.#contents.partitions.entries()) {
      if (existsSync(this.#shownPath(partition))) truncateSync(this.#shownPath(partition), shown)
      if (existsSync(this.#revokedPath(partition))) truncateSync(this.#revokedPath(partition), revoked)
    }
  }

  #shownPath(partition: number): string {
    return join(this.#dir, `p${partition}.shown`)
  }

  #revokedPath(partition: number): string {
    return join(this.#dir, `p${partition}.revoked`)
  }

  #workOf(partition: number): Work {
    let work = this.#work.get(partition)
    if (work === undefined) {
      work = {
        rows: new Pending(),
        revoked: new Pending(),
        shown: "",
        next: { ...this.#contents.partitions[partition]!.next },
        latest: 0,
      }
      this.#work.set(partition, work)
    }
    return work
  }

  /** By which the key behind a DID, or that of its gateway, is named in rows. */
  signerOf(did: string): number {
    const known = this.#signers.get(did)
    if (known !== undefined) return known
    const signer = this.#numberOf(keyIdOfDid(signerOf(did)))
    this.#signers.set(did, signer)
    return signer
  }

  /** 52 bits. */
  #numberOf(name: string): number {
    const digest = createHmac("sha256", Buffer.from(this.#contents.key, "hex")).update(name).digest()
    return digest.readUIntBE(0, 6) * 16 + (digest[6]! >> 4)
  }

  /** Which key of its document signed a message. Of one that does not open it is not known: a number of its own. */
  #keyOf({ envelope, verdicts, claims, origin }: AssayedMessage): number {
    if (claims === null || !hasDocument(signerOf(claims.iss))) return 0
    const opened = openMessage(envelope.bytes)
    const named = "reason" in opened ? [origin.offset] : [opened.header.kid, ...(verdicts.identity?.knowledge ?? [])]
    return Math.max(1, this.#numberOf(JSON.stringify(named)))
  }

  /** @param shown credentials, where the message is a presentation */
  add(partition: number, row: Row, shown: Shown["credentials"] = []): void {
    const work = this.#workOf(partition)
    work.rows.push(row.signer, row.offset, row.time, placeOf(row), row.key)
    work.latest = Math.max(work.latest, row.time)
    if (shown.length > 0) work.shown += `${JSON.stringify({ ...row, credentials: shown })}\n`
    if (work.rows.length >= FLUSH_ROWS * ROW_NUMBERS || work.shown.length > MAX_SHOWN) this.flush(partition)
  }

  /**
   * Reads what the log has got since. Some 30 us for each decision.
   * @param onProgress decisions read so far
   */
  async follow(log: Log, onProgress: (decisions: number) => void = () => undefined): Promise<void> {
    let read = 0
    for (let partition = 0; partition < log.partitions; partition++) {
      for (const stream of [...ISSUED, STREAMS.revoked]) {
        const work = this.#workOf(partition)
        const { end } = await log.bounds({ stream, partition })
        for await (const { offset, value } of recordsIn(log, stream, partition, work.next[stream] ?? 0, end)) {
          const message = readable(() => decodeAssayed(value))
          // Before the row: a flush that it causes keeps the position behind it.
          work.next[stream] = offset + 1
          if (message !== null) this.#see(partition, stream, offset, message)
          read += 1
          if (read % 65_536 === 0) onProgress(read)
        }
      }
      this.flush(partition)
    }
    onProgress(read)
  }

  #see(partition: number, stream: string, at: number, message: AssayedMessage): void {
    const { origin, time, claims } = message
    if (stream === STREAMS.revoked) {
      this.#workOf(partition).revoked.push(origin.offset)
      return
    }
    if (claims === null) return
    const outcome = stream === STREAMS.annotated ? "annotated" : "verified"
    const row: Row = {
      signer: this.signerOf(claims.iss),
      offset: origin.offset,
      time,
      outcome,
      at,
      key: this.#keyOf(message),
    }
    this.add(partition, row, claims.kind === "presentation" ? credentialsIn(claims.credentials) : [])
  }

  /** Makes what was added durable, with the position behind it. */
  flush(partition: number): void {
    const work = this.#workOf(partition)
    const before = this.#contents.partitions[partition]!
    const isSame = JSON.stringify(work.next) === JSON.stringify(before.next)
    if (work.rows.length === 0 && work.revoked.length === 0 && isSame) return
    const shown = appendDurably(this.#shownPath(partition), Buffer.from(work.shown), before.shown)
    const revoked = appendDurably(
      this.#revokedPath(partition),
      Buffer.from(work.revoked.taken().buffer),
      before.revoked,
    )
    const { segments, stale } = this.#segmentsWith(partition, work, before)
    const partitions = this.#contents.partitions.with(partition, { next: { ...work.next }, segments, shown, revoked })
    this.#contents = { ...this.#contents, partitions }
    writeContents(this.#dir, this.#contents)
    for (const file of stale) rmSync(join(this.#dir, file))
    work.rows.clear()
    work.revoked.clear()
    work.shown = ""
    work.latest = 0
  }

  /** Small files are merged into the new one, so that there are few. */
  #segmentsWith(
    partition: number,
    work: Work,
    { segments }: PartitionContents,
  ): { readonly segments: ReadonlyArray<SegmentFile>; readonly stale: ReadonlyArray<string> } {
    if (work.rows.length === 0) return { segments, stale: [] }
    const kept = [...segments]
    const stale: Array<string> = []
    let rows = sorted(work.rows.taken())
    let { latest } = work
    for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
      const count = rows.length / ROW_NUMBERS
      if (last.rows > 2 * count || last.rows + count > MAX_SEGMENT_ROWS) break
      rows = merged(readRows(join(this.#dir, last.file)), rows)
      latest = Math.max(latest, last.latest)
      stale.push(last.file)
      kept.pop()
    }
    const number = Math.max(-1, ...segments.map(({ file }) => Number(/-(\d+)\.rows$/.exec(file)?.[1] ?? -1))) + 1
    const file = `p${partition}-${number}.rows`
    writeRows(join(this.#dir, file), rows)
    return { segments: [...kept, { file, rows: rows.length / ROW_NUMBERS, latest }], stale }
  }

  /**
   * Decisions of a partition that these signers' messages got from a time on and that stand, ascending by origin, as rows side by side.
   * @param fromMs milliseconds since 1970 by the log
   */
  issuedTo(partition: number, signers: ReadonlySet<number>, fromMs: number): Float64Array {
    const found = new Pending()
    const revoked = this.#revokedIn(partition)
    for (const { file, latest } of this.#contents.partitions[partition]!.segments) {
      if (latest < fromMs) continue
      pickRows(join(this.#dir, file), signers, (rows, index) => {
        const from = index * ROW_NUMBERS
        if (rows[from + 2]! >= fromMs && !holds(revoked, rows[from + 1]!))
          found.push(rows[from]!, rows[from + 1]!, rows[from + 2]!, rows[from + 3]!, rows[from + 4]!)
      })
    }
    return byOffset(found.taken())
  }

  /** Ascending. */
  #revokedIn(partition: number): Float64Array {
    const path = this.#revokedPath(partition)
    if (!existsSync(path)) return new Float64Array()
    const bytes = readFileSync(path)
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).sort()
  }

  /** What devices of a partition have shown, oldest first. */
  shownIn(partition: number): ReadonlyArray<Shown> {
    const path = this.#shownPath(partition)
    if (!existsSync(path)) return []
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Shown)
      .sort((a, b) => a.offset - b.offset)
  }
}

const credentialsIn = (tokens: ReadonlyArray<string>): Shown["credentials"] =>
  tokens.flatMap((token) => {
    const read = readCredential(token)
    return "detail" in read ? [] : [{ hash: read.credential.hash, issuer: read.credential.terms.issuer }]
  })
