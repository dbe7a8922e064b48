/**
 * Which decisions relied on a key, a credential or an issuer, and do not stand without it. The index says which devices, and where their
 * records lie; a record itself is read only where its device has shown another credential, which may cover it as well, and one for each key
 * of a document.
 */
import { type Ended, endedBy } from "@assay/anomaly-quarantine/revocation"
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
  DEFAULT_RULES,
  type Knowledge,
  parseDocumentKeyTarget,
  type Relied,
  type RootSet,
  signerOf,
} from "@assay/trust"
import { knowledgeNow } from "../rejudge-plan.ts"
import { revocationsIn, trustsIn } from "../trust/states.ts"
import { credentialsMeant, type Named, rowsMeant } from "./meant.ts"
import { sameIn, type Target } from "./target.ts"

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
  isBad: (credential: Named) => boolean,
  ended: Ended,
  { bundle, items }: Knowledge,
): Promise<ReadonlyArray<Other>> => {
  const claims = (await messageAt(log, partition, shown))?.claims
  if (claims?.kind !== "presentation" || bundle === null) return []
  const documents = documentsIn(bundle.body, items)
  const view = viewOf(bundle, items)
  return claims.credentials.flatMap((token) => {
    const read = readCredential(token)
    if ("detail" in read || isBad({ hash: read.credential.hash, issuer: read.credential.terms.issuer })) return []
    if (read.credential.subject !== claims.iss) return []
    const key = verifiedKey(read.signed, read.credential.terms.issuer, documents)
    const credential = "detail" in key ? null : signed(read, key)
    return credential === null || ended.has(credential, view) ? [] : [{ credential, shownAt: shown.offset }]
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

/** The signers that have shown it, each with all that it has shown. */
const relyingOn = (shown: ReadonlyArray<Shown>, isBad: (one: Named) => boolean) => {
  const bySigner = Map.groupBy(shown, ({ signer }) => signer)
  for (const [signer, all] of bySigner)
    if (!all.some(({ credentials }) => credentials.some(isBad))) bySigner.delete(signer)
  return bySigner
}

const startsOf = async (log: Log, partition: number) => ({
  verified: (await log.bounds({ stream: STREAMS.verified, partition })).start,
  annotated: (await log.bounds({ stream: STREAMS.annotated, partition })).start,
})

function* eachOf(rows: Float64Array): Generator<Row> {
  for (let at = 0; at * ROW_NUMBERS < rows.length; at++) yield rowAt(rows, at)
}

const reliedOf = ({ offset, outcome, at }: Row): Relied => ({ offset, outcome, at })

/**
 * What one key of a device's, or of a gateway's, document has signed. Nothing else covers that.
 * @param from milliseconds since 1970 by the log
 */
const planKey = async (
  log: Log,
  index: RelianceIndex,
  partition: number,
  target: Target,
  from: number,
): Promise<PartitionPlan> => {
  const { did, keyId } = parseDocumentKeyTarget(target.target)!
  const rows = index.issuedTo(partition, new Set([index.signerOf(did)]), from)
  if (rows.length === 0) return { partition, decisions: [], devices: [], stand: 0, gone: 0 }
  const starts = await startsOf(log, partition)
  const read = async (row: Row) => (row.at < starts[row.outcome] ? null : messageAt(log, partition, row))
  const isMeant = await rowsMeant(keyId, eachOf(rows), read)
  const high = Math.max(-1, ...sameIn(await revocationsIn(log, partition), target, from).map((one) => one.high))
  const decisions: Array<Relied> = []
  let gone = 0
  for (const row of eachOf(rows)) {
    if (row.offset <= high || !isMeant(row)) continue
    if (row.at < starts[row.outcome]) gone += 1
    else decisions.push(reliedOf(row))
  }
  return { partition, decisions, devices: await trustedBy(log, partition, did, decisions), stand: 0, gone }
}

/** Who is trusted now, and was believed by some of these decisions: a device, or those that its DID speaks for as a gateway. */
const trustedBy = async (
  log: Log,
  partition: number,
  did: string,
  decisions: ReadonlyArray<Relied>,
): Promise<ReadonlyArray<string>> => {
  const left = new Set<string>()
  for (const [device, { state }] of await trustsIn(log, partition))
    if (state === "trusted" && signerOf(device) === did) left.add(device)
  const found: Array<string> = []
  for (const one of decisions) {
    if (left.size === 0) break
    const device = (await messageAt(log, partition, one))?.claims?.iss
    if (device !== undefined && left.delete(device)) found.push(device)
  }
  return found
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
  const { of } = target
  if (of === "document-key") return planKey(log, index, partition, target, from)
  const known = await revocationsIn(log, partition)
  const ended = endedBy([...known, target])
  const all = of === "key" ? [] : index.shownIn(partition)
  const starts = await startsOf(log, partition)
  const isMeant = await credentialsMeant(target, all, async (one) =>
    one.at < starts[one.outcome] ? null : messageAt(log, partition, one),
  )
  const isBad = (one: Named): boolean => isMeant(one) || ended.hasNamed(one)
  const shown = relyingOn(all, isMeant)
  const signers = of === "key" ? new Set([index.signerOf(target.target)]) : new Set(shown.keys())
  const high = Math.max(-1, ...sameIn(known, target, from).map((one) => one.high))
  const others = new Map<number, ReadonlyArray<Other>>()
  const since = new Map<number, number>()
  let knowledge: Knowledge | null = null
  for (const [signer, all] of shown) {
    since.set(signer, all.find(({ credentials }) => credentials.some(isMeant))!.offset)
    const good = all.filter(({ credentials }) => credentials.some((one) => !isBad(one)))
    if (good.length === 0) continue
    knowledge ??= await knowledgeNow(log, partition, roots)
    const now = knowledge
    others.set(signer, (await Promise.all(good.map((one) => othersIn(log, partition, one, isBad, ended, now)))).flat())
  }
  const decisions: Array<Relied> = []
  const taken = new Set<number>()
  let stand = 0
  let gone = 0
  for (const row of eachOf(index.issuedTo(partition, signers, from))) {
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
    decisions.push(reliedOf(row))
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
