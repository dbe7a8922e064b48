/**
 * Which decisions relied on a key, a credential or an issuer, and do not stand without it. The index says which devices, and where their
 * records lie; a record itself is read only where its device has shown another credential, which may cover it as well.
 */
import type { Progress } from "@assay/anomaly-quarantine/revocation"
import {
  checkCapabilities,
  type DeviceCredential,
  documentsIn,
  isWarning,
  readCredential,
  signed,
  verifiedKey,
  viewOf,
  whyNotInForce,
} from "@assay/credentials"
import type { Log } from "@assay/log"
import { type RelianceIndex, ROW_NUMBERS, type Row, rowAt, type Shown } from "@assay/reliance"
import { decodeAssayed, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import {
  type AssayedMessage,
  credentialTarget,
  DEFAULT_RULES,
  type Knowledge,
  type Relied,
  type RootSet,
} from "@assay/trust"
import { knowledgeNow } from "../rejudge-plan.ts"
import { revocationsIn, trustsIn } from "../trust/states.ts"
import { isMeant, sameIn, type Target } from "./target.ts"

export interface PartitionPlan {
  readonly partition: number
  /** Ascending by origin. */
  readonly decisions: ReadonlyArray<Relied>
  /** Devices that were trusted by it, by DID. */
  readonly devices: ReadonlyArray<string>
  /** Decisions that stand, because another credential of the device covers the message. */
  readonly stand: number
  /** Decisions whose record is no longer kept. */
  readonly gone: number
}

const messageAt = async (
  log: Log,
  partition: number,
  { outcome, at }: Pick<Row, "outcome" | "at">,
): Promise<AssayedMessage | null> => {
  const [record] = await log.read({ stream: STREAMS[outcome], partition }, at, 1, 1)
  return record?.offset === at ? readable(() => decodeAssayed(record.value)) : null
}

/** Another credential of a device, and from which message on it was shown. */
interface Other {
  readonly credential: DeviceCredential
  readonly shownAt: number
}

/** What of a presentation may still count. */
const othersIn = async (
  log: Log,
  partition: number,
  shown: Shown,
  isRevoked: (credential: { readonly hash: string; readonly issuer: string }) => boolean,
  { bundle, items }: Knowledge,
): Promise<ReadonlyArray<Other>> => {
  const claims = (await messageAt(log, partition, shown))?.claims
  if (claims?.kind !== "presentation") return []
  return claims.credentials.flatMap((token) => {
    const read = readCredential(token)
    if ("detail" in read || isRevoked({ hash: read.credential.hash, issuer: read.credential.terms.issuer })) return []
    if (read.credential.subject !== claims.iss) return []
    const documents = bundle === null ? undefined : documentsIn(bundle.body, items)
    const key = verifiedKey(read.signed, read.credential.terms.issuer, documents)
    return "detail" in key ? [] : [{ credential: signed(read, key), shownAt: shown.offset }]
  })
}

/** Whether the message would have passed with one of them, under what is in force now. */
const isCovered = (
  message: AssayedMessage,
  others: ReadonlyArray<Other>,
  { bundle, profile, items }: Knowledge,
): boolean => {
  const { claims, readings, time, origin } = message
  if (claims === null || bundle === null) return false
  const skewMs = 1000 * (profile?.body ?? DEFAULT_RULES).freshness.futureSkew
  const isTelemetry = claims.kind === "message" && claims.act === "telemetry"
  return others.some(({ credential, shownAt }) => {
    if (shownAt > origin.offset) return false
    const why = whyNotInForce(credential, viewOf(bundle, items), time, isTelemetry, skewMs)
    if (why !== null && !isWarning(why)) return false
    return claims.kind !== "message" || checkCapabilities(claims, readings, credential.terms.capabilities) === null
  })
}

/** What else was revoked in this partition before: it covers nothing either. */
const revokedBefore = (known: ReadonlyArray<Progress>) => {
  const names = new Set(known.map(({ of, target }) => `${of} ${target}`))
  return ({ hash, issuer }: { readonly hash: string; readonly issuer: string }): boolean =>
    names.has(`issuer ${issuer}`) || names.has(`credential ${credentialTarget(hash)}`)
}

/** The signers that have shown it, each with all that it has shown. */
const relyingOn = (shown: ReadonlyArray<Shown>, isBad: (one: Shown["credentials"][number]) => boolean) => {
  const bySigner = Map.groupBy(shown, ({ signer }) => signer)
  for (const [signer, all] of bySigner)
    if (!all.some(({ credentials }) => credentials.some(isBad))) bySigner.delete(signer)
  return bySigner
}

/**
 * @param from milliseconds since 1970 by the log
 * @param roots for what is in force, where that is asked
 */
export const planPartition = async (
  log: Log,
  index: RelianceIndex,
  partition: number,
  target: Target,
  from: number,
  roots: RootSet,
): Promise<PartitionPlan> => {
  const { of, name } = target
  const known = await revocationsIn(log, partition)
  const before = revokedBefore(known)
  const isBad = (one: Shown["credentials"][number]): boolean => isMeant(target, one) || before(one)
  const shown =
    of === "key"
      ? new Map<number, ReadonlyArray<Shown>>()
      : relyingOn(index.shownIn(partition), (one) => isMeant(target, one))
  const signers = of === "key" ? new Set([index.signerOf(name)]) : new Set(shown.keys())
  const high = Math.max(-1, ...sameIn(known, target, from).map((one) => one.high))
  const starts = {
    verified: (await log.bounds({ stream: STREAMS.verified, partition })).start,
    annotated: (await log.bounds({ stream: STREAMS.annotated, partition })).start,
  }
  const others = new Map<number, ReadonlyArray<Other>>()
  const since = new Map<number, number>()
  let knowledge: Knowledge | null = null
  for (const [signer, all] of shown) {
    since.set(signer, all.find(({ credentials }) => credentials.some((one) => isMeant(target, one)))!.offset)
    const good = all.filter(({ credentials }) => credentials.some((one) => !isBad(one)))
    if (good.length === 0) continue
    knowledge ??= await knowledgeNow(log, partition, roots)
    const now = knowledge
    others.set(signer, (await Promise.all(good.map((one) => othersIn(log, partition, one, isBad, now)))).flat())
  }
  const decisions: Array<Relied> = []
  const taken = new Set<number>()
  let stand = 0
  let gone = 0
  const rows = index.issuedTo(partition, signers, from)
  for (let at = 0; at * ROW_NUMBERS < rows.length; at++) {
    const row = rowAt(rows, at)
    if (row.offset <= high || row.offset < (since.get(row.signer) ?? 0)) continue
    if (row.at < starts[row.outcome]) {
      gone += 1
      continue
    }
    const covering = others.get(row.signer) ?? []
    if (covering.length > 0) {
      knowledge ??= await knowledgeNow(log, partition, roots)
      const message = await messageAt(log, partition, row)
      if (message !== null && isCovered(message, covering, knowledge)) {
        stand += 1
        continue
      }
    }
    taken.add(row.signer)
    decisions.push({ offset: row.offset, outcome: row.outcome, at: row.at })
  }
  const trusts = shown.size === 0 ? null : await trustsIn(log, partition)
  const devices: Array<string> = []
  for (const [signer, all] of shown) {
    if (others.has(signer) && !taken.has(signer)) continue
    const device = (await messageAt(log, partition, all.at(-1)!))?.claims?.iss
    if (device !== undefined && trusts?.get(device)?.state === "trusted") devices.push(device)
  }
  return { partition, decisions, devices, stand, gone }
}
