/**
 * Which quarantined messages a rejudgement would issue, by the rules of the stage that will judge it, and which devices fell by
 * the same reason. Memory: the messages of one command, and the places of those that were issued before.
 */
import { FAULT, fateOf, needsCredential, openShown, type Stays } from "@assay/anomaly-quarantine/rejudge"
import { type Ended, endedBy } from "@assay/anomaly-quarantine/revocation"
import { replay } from "@assay/engine"
import { VerifyPool } from "@assay/jose/verify-pool"
import { KINDS, MAX_REJUDGED } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeAssayed, decodeAudit, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import {
  type Active,
  type AssayedMessage,
  type Knowledge,
  knowledgeOf,
  type ReasonCode,
  type RootSet,
  signerOf,
  type TrustState,
} from "@assay/trust"
import { UsageError } from "./command.ts"
import { inForce } from "./knowledge-in-force.ts"
import { recordsOf } from "./open-log.ts"
import { stagesOver } from "./services.ts"
import { revocationsIn, withheldDevices } from "./trust/states.ts"
import { becauseOf } from "./trust/transitions.ts"

/** Bytes of the records of one command. */
const MAX_BYTES = 100_000

/** What one command is about. */
export interface Batch {
  readonly partition: number
  readonly home: string
  readonly records: ReadonlyArray<Uint8Array>
  readonly devices: ReadonlyArray<string>
  readonly restore: ReadonlyArray<string>
  /** What its devices have shown, where the reason is about credentials. */
  readonly credentials: ReadonlyArray<string>
}

export interface Planned {
  readonly batches: ReadonlyArray<Batch>
  readonly messages: number
  /** Messages that name the reason and would stay, by why. */
  readonly stays: Readonly<Record<string, number>>
  /** Devices whose trust fell by this reason alone. */
  readonly restored: ReadonlyArray<string>
}

/** What is in force now, of every kind. @throws UsageError where an item cannot be read */
export const knowledgeNow = async (log: Log, partition: number, roots: RootSet): Promise<Knowledge> => {
  const items = new Map<string, Active<unknown>>()
  for (const [key, found] of await inForce(log, partition, roots, KINDS)) {
    if ("broken" in found) throw new UsageError(`what is in force cannot be read: ${key}: ${found.broken}`)
    items.set(key, found)
  }
  return knowledgeOf(items)
}

/** Places whose message was issued again. */
const issuedIn = async (log: Log, partition: number, since: number): Promise<ReadonlySet<number>> => {
  const issued = new Set<number>()
  for await (const { value, time } of recordsOf(log, STREAMS.audit, partition)) {
    if (time < since) continue
    const { kind, decision } = decodeAudit(value)
    if (kind === "decision" && decision?.supersedes != null) issued.add(decision.supersedes.offset)
  }
  return issued
}

const readable = (value: Uint8Array) => {
  try {
    return decodeAssayed(value)
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause
    return null // written there by somebody else
  }
}

/** Records that a rejudgement may be about, in the order of the log. */
type Candidates = (partition: number) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What the stages make now of the messages that they failed at, each at its place: everything is derived again for that. */
const undecidedOf = async (log: Log, roots: RootSet): Promise<Candidates> => {
  const pool = new VerifyPool({ size: 1 })
  try {
    const { superseding } = await replay(log, roots, stagesOver(log, pool))
    return (partition) =>
      superseding.flatMap(({ origin, record }) => (record === null || origin.partition !== partition ? [] : [record]))
  } finally {
    await pool.close()
  }
}

async function* quarantinedOf(log: Log, partition: number): AsyncGenerator<Uint8Array> {
  for await (const { value } of recordsOf(log, STREAMS.quarantined, partition)) yield value
}

/** What devices have shown of late, each a few, the latest first: a message does not carry the credential of its device. */
type ShownBy = ReadonlyMap<string, ReadonlyArray<string>>
const MOST_SHOWN = 8
const NOTHING_SHOWN: ShownBy = new Map()

/** @param wanted devices that may have something to show */
const shownIn = async (log: Log, partition: number, wanted: ReadonlySet<string>): Promise<ShownBy> => {
  const shown = new Map<string, ReadonlyArray<string>>()
  for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
    for await (const { value } of recordsOf(log, stream, partition)) {
      const claims = readable(value)?.claims
      if (claims?.kind !== "presentation" || !wanted.has(claims.iss)) continue
      const before = shown.get(claims.iss) ?? []
      shown.set(claims.iss, [...new Set([...claims.credentials.toReversed(), ...before])].slice(0, MOST_SHOWN))
    }
  return shown
}

/** Who has signed one of the messages that may be meant. */
const signersOf = async (
  messages: ReturnType<Candidates>,
  isMeant: (message: AssayedMessage) => boolean,
): Promise<ReadonlySet<string>> => {
  const signers = new Set<string>()
  for await (const value of messages) {
    const message = readable(value)
    if (message?.claims != null && isMeant(message)) signers.add(signerOf(message.claims.iss))
  }
  return signers
}

/** The first of the credentials with which the message would be issued. */
const coveringOf = (
  tokens: ReadonlyArray<string>,
  ended: Ended,
  ...[reason, message, trust, knowledge, now]: Parameters<typeof fateOf>
): string | undefined =>
  tokens.find((token) => fateOf(reason, message, trust, knowledge, now, openShown([token], knowledge, ended)) === null)

/** @param since milliseconds since 1970 by the log; `now` likewise */
export const planRejudgement = async (
  log: Log,
  roots: RootSet,
  reason: ReasonCode,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<Planned> => {
  const batches: Array<Batch> = []
  const stays: Record<string, number> = {}
  const restored: Array<string> = []
  let messages = 0
  const stay = (why: Stays | "issued before" | "too large"): void => {
    stays[why] = (stays[why] ?? 0) + 1
  }
  const isUndecided = reason === FAULT
  const candidates: Candidates = isUndecided
    ? await undecidedOf(log, roots)
    : (partition) => quarantinedOf(log, partition)
  for (let partition = 0; partition < log.partitions; partition++) {
    const knowledge = await knowledgeNow(log, partition, roots)
    const withheld = await withheldDevices(log, partition)
    const because = await becauseOf(log, partition, new Map([...withheld].map(([did, { since: at }]) => [did, at])))
    const fell = (did: string): boolean => {
      const causes = because.get(did) ?? []
      return withheld.get(did)?.state === "quarantined" && causes.length > 0 && causes.every((code) => code === reason)
    }
    const issued = await issuedIn(log, partition, since)
    const ended = endedBy(await revocationsIn(log, partition))
    const isMeant = ({ time, decision }: AssayedMessage): boolean =>
      time >= since && (isUndecided || decision?.reasons.includes(reason) === true)
    const shown =
      needsCredential(reason) || ended.hasCredentials
        ? await shownIn(log, partition, await signersOf(candidates(partition), isMeant))
        : NOTHING_SHOWN
    let records: Array<Uint8Array> = []
    let devices = new Set<string>()
    let credentials = new Set<string>()
    let holders = new Set<string>()
    let bytes = 0
    const close = (): void => {
      const [home] = devices
      if (home === undefined) return
      const restore = [...devices].filter((did) => fell(did) && !restored.includes(did))
      restored.push(...restore)
      batches.push({ partition, home, records, devices: [...devices], restore, credentials: [...credentials] })
      records = []
      devices = new Set()
      credentials = new Set()
      holders = new Set()
      bytes = 0
    }
    for await (const value of candidates(partition)) {
      const message = readable(value)
      if (message === null || !isMeant(message)) continue
      const device = message.claims?.iss ?? ""
      const standsAt = (did: string): TrustState => {
        const state = withheld.get(did)?.state
        return state === undefined || fell(did) ? "trusted" : state
      }
      const signer = signerOf(device)
      const ofSigner = standsAt(signer)
      const trust = ofSigner === "trusted" ? standsAt(device) : ofSigner
      const none = openShown([], knowledge, ended)
      const why = issued.has(message.origin.offset)
        ? "issued before"
        : fateOf(reason, message, trust, knowledge, now, none)
      const tokens = why === "issued before" ? [] : (shown.get(signer) ?? [])
      const covering = coveringOf(tokens, ended, reason, message, trust, knowledge, now)
      // Of one holder one command shows one.
      const other = covering !== undefined && holders.has(signer) && !credentials.has(covering)
      const size = value.length + (covering === undefined || credentials.has(covering) ? 0 : covering.length)
      if (why !== null && covering === undefined) stay(why)
      else if (size > MAX_BYTES) stay("too large")
      else {
        if (records.length === MAX_REJUDGED || bytes + size > MAX_BYTES || other) close()
        records.push(value)
        devices.add(device)
        if (covering !== undefined) {
          credentials.add(covering)
          holders.add(signer)
        }
        bytes += size
        messages++
      }
    }
    close()
  }
  return { batches, messages, stays, restored }
}
