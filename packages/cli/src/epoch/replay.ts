/** Derives a log again that goes on from another: the former one first, from its own beginning. */
import { parentOf, type ReplayReport, replay, type Seed, seedFor } from "@assay/engine"
import { dssePayload } from "@assay/jose"
import type { VerifyPool } from "@assay/jose/verify-pool"
import { EPOCH } from "@assay/knowledge"
import { type Log, LogSetupError } from "@assay/log"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { decodeEntry, readable } from "@assay/schemas"
import { processEnvironment } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import type { RootSet } from "@assay/trust"
import { stagesOver } from "../services.ts"

/** @param place a data directory, or with LOG=kafka a prefix */
export const openEpoch = (place: string): Promise<Log> => {
  const config = readLogConfiguration(processEnvironment())
  if (config.kafka === null) return openLog(config, place, { readOnly: true })
  return openLog({ ...config, kafka: { ...config.kafka, prefix: place } }, null, { readOnly: true })
}

const checkOrder = (former: Log, log: Log): void => {
  if (former.epoch + 1 !== log.epoch || log.partitions % former.partitions !== 0)
    throw new LogSetupError(
      `epoch ${log.epoch} with ${log.partitions} partitions does not go on from epoch ${former.epoch} with ${former.partitions}: --after names the epoch before`,
    )
}

/**
 * How far the log before was judged, as the first entry of the one that goes on says it. Whether the roots signed that is for the
 * replay to tell: the record of an activation that they did not sign differs.
 */
const endsOf = async (log: Log): Promise<ReadonlyArray<number>> => {
  const [first] = await log.read({ stream: STREAMS.submitted, partition: 0 }, 0, 1, 4 << 20)
  const entry = first === undefined ? null : readable(() => decodeEntry(first.value))
  const body = entry?.body.kind === "activation" && entry.body.item === EPOCH.name ? entry.body.body : null
  const payload = body === null ? null : dssePayload(body)
  const epoch = payload === null ? null : EPOCH.plain.read(payload, { file: "the first entry" }).body
  if (epoch === null) throw new LogSetupError(`the first entry of epoch ${log.epoch} does not say what it goes on from`)
  return epoch.previous.heads.map(({ next }) => next)
}

/** @param logs in the order of their epochs @throws LogSetupError where one does not go on from the one before */
export const replayEpochs = async (
  logs: ReadonlyArray<Log>,
  roots: RootSet,
  pool: VerifyPool,
  onProgress: (entries: number) => void,
): Promise<ReadonlyArray<ReplayReport>> => {
  const reports: Array<ReplayReport> = []
  let before: { readonly log: Log; readonly ends: ReadonlyMap<number, Seed> } | null = null
  for (const [place, log] of logs.entries()) {
    const follower = logs[place + 1]
    const until = follower === undefined ? null : await endsOf(follower)
    const stagesFor = stagesOver(log, pool)
    const ends = new Map<number, Seed>()
    const former: typeof before = before
    if (former !== null) checkOrder(former.log, log)
    const seed = (partition: number): Seed =>
      seedFor(former!.ends.get(parentOf(partition, former!.log))!, stagesFor(partition), partition, log.partitions)
    const report = await replay(log, roots, stagesFor, onProgress, undefined, {
      ...(former === null ? {} : { seed }),
      ...(until === null ? {} : { until: (partition) => until[partition] ?? 0 }),
      onEnd: (partition, final) => ends.set(partition, final),
    })
    reports.push(report)
    before = { log, ends }
  }
  return reports
}

/** All of them as one. */
export const sumOf = (reports: ReadonlyArray<ReplayReport>): ReplayReport => {
  const sum = (of: (report: ReplayReport) => number): number => reports.reduce((total, report) => total + of(report), 0)
  return {
    decisions: sum(({ decisions }) => decisions),
    agreed: sum(({ agreed }) => agreed),
    others: sum(({ others }) => others),
    differing: sum(({ differing }) => differing),
    erased: sum(({ erased }) => erased),
    differences: reports.flatMap(({ differences }) => differences),
    superseding: reports.flatMap(({ superseding }) => superseding),
  }
}
