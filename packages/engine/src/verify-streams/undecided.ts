/** Checks what is kept on the undecided stream against the incidents of the audit log that vouch for it. */
import { type Log, recordsIn } from "@assay/log"
import { decodeAudit, decodeRejected, readable } from "@assay/schemas"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { leafHash, rootOf } from "@assay/transparency"
import { type AuditEvent, isOurFault, STAGES } from "@assay/trust"
import { placeOf } from "../runner/audit.ts"

export interface UndecidedReport {
  /** Records that are kept. */
  readonly kept: number
  /** Of these: for which only incidents vouch that are not sealed yet. */
  readonly unsealed: number
  /** Records that incidents vouch for and that retention has taken; a log that takes nothing away by itself has none such. */
  readonly gone: number
  /**
   * Records at the head of what is kept that cannot be compared: retention took others of their incident, and the log keeps one root
   * for all of them.
   */
  readonly unchecked: number
  /** One sentence each, at most `MAX_FINDINGS`. */
  readonly findings: ReadonlyArray<string>
  /** No finding. */
  readonly intact: boolean
}

const MAX_FINDINGS = 100

interface Kept {
  readonly at: number
  readonly origin: number
  readonly hash: Uint8Array
  vouched: boolean
}

/** What lay on one stream, in order, and where in it each origin stands: more than once where several stages failed. */
interface Source {
  readonly kept: Array<Kept>
  readonly at: Map<number, Array<number>>
}

const rootText = (hashes: ReadonlyArray<Uint8Array>): string => Buffer.from(rootOf([...hashes])).toString("base64url")

/** Where the records lie that an incident vouches for: the stage's own input where they never were on `submitted`. */
const sourceOf = (event: AuditEvent): string =>
  event.origin.offset < 0 ? (STAGE_STREAMS[STAGES[placeOf(event)]!]?.input ?? "") : STREAMS.submitted

/** By where they lay, in order. */
const readKept = async (log: Log, partition: number, find: (text: string) => void) => {
  const bySource = new Map<string, Source>()
  let count = 0
  const { end } = await log.bounds({ stream: STREAMS.undecided, partition })
  for await (const { offset: at, key, value } of recordsIn(log, STREAMS.undecided, partition, 0, end)) {
    count++
    try {
      const { origin } = decodeRejected(value)
      // A record that was read between the stages is kept under `<stream>/<partition>/<offset>`.
      const source = origin.offset < 0 ? (Buffer.from(key).toString().split("/")[0] ?? "") : STREAMS.submitted
      const of: Source = bySource.get(source) ?? { kept: [], at: new Map() }
      bySource.set(source, of)
      const places = of.at.get(origin.offset)
      if (places === undefined) of.at.set(origin.offset, [of.kept.length])
      else places.push(of.kept.length)
      of.kept.push({ at, origin: origin.offset, hash: leafHash(value), vouched: false })
    } catch (cause) {
      find(`undecided ${partition}/${at} cannot be read: ${(cause as Error).message}`)
    }
  }
  return { bySource, count }
}

/** @returns whether consecutive records from one of the incident's origin on are what it names */
const vouch = (source: Source | undefined, { origin, count, root }: AuditEvent): boolean => {
  for (const from of source?.at.get(origin.offset) ?? []) {
    const covered = source!.kept.slice(from, from + count)
    if (covered.length !== count || rootText(covered.map(({ hash }) => hash)) !== root) continue
    for (const one of covered) one.vouched = true
    return true
  }
  return false
}

/**
 * What is left of an incident of which retention took the first records: fewer than it names, of its source, and at the head of
 * what is kept.
 */
const cutAtHead = (bySource: ReadonlyMap<string, Source>, expired: ReadonlyArray<AuditEvent>): ReadonlyArray<Kept> => {
  const all = [...bySource].flatMap(([source, { kept }]) => kept.map((one) => ({ source, one })))
  all.sort((a, b) => a.one.at - b.one.at)
  const first = all.findIndex(({ one }) => one.vouched)
  const head = first === -1 ? all : all.slice(0, first)
  const source = head[0]?.source
  const isCut = expired.some((event) => sourceOf(event) === source && event.count > head.length)
  return isCut && head.every((each) => each.source === source) ? head.map(({ one }) => one) : []
}

/**
 * Every record that is kept must be one that an incident vouches for, and what an incident names must be kept, unless
 * retention has taken it. That the incidents themselves are untouched is for the transparency log to say.
 * @param sealedTo the offset of audit.events before which every event is sealed; all count as sealed where left out
 */
export const verifyUndecided = async (
  log: Log,
  partition: number,
  sealedTo = Number.MAX_SAFE_INTEGER,
): Promise<UndecidedReport> => {
  const findings: Array<string> = []
  let found = 0
  const find = (text: string): void => {
    found++
    if (findings.length < MAX_FINDINGS) findings.push(text)
  }
  const { bySource, count } = await readKept(log, partition, find)
  const { start } = await log.bounds({ stream: STREAMS.undecided, partition })
  const expired: Array<AuditEvent> = []
  /** Stages of which an incident was found whole: each writes in order, so retention took nothing behind it. */
  const reached = new Set<number>()
  let unsealed = 0
  const { end } = await log.bounds({ stream: STREAMS.audit, partition })
  for await (const { offset, value } of recordsIn(log, STREAMS.audit, partition, 0, end)) {
    // Whatever else lies there is sealed as it is, and vouches for nothing.
    const event = readable(() => decodeAudit(value))
    if (event === null || event.kind !== "incident" || !event.reasons.some(isOurFault)) continue
    if (vouch(bySource.get(sourceOf(event)), event)) {
      if (offset >= sealedTo) unsealed += event.count
      reached.add(placeOf(event))
      continue
    }
    if (start > 0 && log.traits.expires && !reached.has(placeOf(event))) expired.push(event)
    else
      find(
        `undecided ${partition}: what the incident at ${STREAMS.audit} ${partition}/${offset} names is not kept, or was changed`,
      )
  }
  const cut = new Set(cutAtHead(bySource, expired))
  for (const [source, { kept }] of bySource)
    for (const one of kept) {
      const { at, origin, vouched } = one
      if (!vouched && !cut.has(one))
        find(`undecided ${partition}/${at}: no incident vouches for this record of ${source} (origin ${origin})`)
    }
  const gone = expired.reduce((sum, event) => sum + event.count, 0) - cut.size
  return { kept: count, unsealed, gone, unchecked: cut.size, findings, intact: found === 0 }
}
