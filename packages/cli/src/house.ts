/**
 * Puts the house together: the log, the stages, the runners, the tick source and the sealer. The only place that knows all
 * services.
 */
import { anomalyStage } from "@assay/anomaly-quarantine"
import { credentialStage } from "@assay/credential-checker"
import { identityStage } from "@assay/identity-resolver"
import { integrityStage } from "@assay/integrity-hasher"
import { keepSealed } from "@assay/integrity-hasher/sealer"
import { VerifyPool } from "@assay/jose/verify-pool"
import { type Log, partitionOf } from "@assay/log"
import { type Host, type HostOptions, openHost, rolesOf } from "@assay/node"
import { type LogConfiguration, openLog } from "@assay/node/log"
import { startReadModel } from "@assay/read-model"
import { segmentationStage } from "@assay/segmentation-enforcer"
import { type AnyStage, SERVICE_NAMES, type StageName } from "@assay/trust"

export interface HouseOptions
  extends Pick<
      HostOptions,
      | "roots"
      | "topology"
      | "batchRecords"
      | "lingerMs"
      | "stallMs"
      | "snapshots"
      | "acceptMoved"
      | "tickMs"
      | "telemetry"
      | "onBatch"
      | "onProblem"
    >,
    Partial<LogConfiguration> {
  /** Of the embedded log, and of what the sealer keeps; null (Kafka only) where there is neither. */
  readonly dir: string | null
  /** For a new data directory. */
  readonly partitions?: number
  /** Only this stage runs here (staged); all five where left out. */
  readonly service?: StageName
  readonly verifyThreads?: number
  /** False leaves the audit stream unsealed (measurements of the pipeline alone, other processes on Kafka). */
  readonly seal: boolean
  /** Feeds the shared read model of device trust there, and answers from it; null or left out: there is none. */
  readonly redisUrl?: string | null
}

export type House = Host

/** Stages that share one verify pool, for one partition. Pure of the runners: `replay` uses them too. */
export const stagesOver = (log: Log, pool: VerifyPool): ((partition: number) => ReadonlyArray<AnyStage>) => {
  const verify = (jobs: Parameters<VerifyPool["verifyBatch"]>[0]) => pool.verifyBatch(jobs)
  const partitionOfDevice = (device: string): number => partitionOf(Buffer.from(device), log.partitions)
  return () => [
    identityStage({ genesis: log.genesis, partitionOf: partitionOfDevice, verify }),
    credentialStage({ verify }),
    integrityStage(),
    segmentationStage(),
    anomalyStage(),
  ]
}

/** Stages that verify signatures; the others leave the threads idle. */
const VERIFIES: ReadonlyArray<StageName> = ["identity", "credential"]

const poolSize = ({ service, verifyThreads = 0 }: HouseOptions): { readonly size?: number } => {
  if (service !== undefined && !VERIFIES.includes(service)) return { size: 1 }
  return verifyThreads === 0 ? {} : { size: verifyThreads }
}

/** What the process is to the brokers. */
const rolesHere = ({ service, topology, seal, redisUrl }: HouseOptions): ReadonlyArray<string> => {
  const all =
    service !== undefined
      ? [SERVICE_NAMES[service]]
      : topology === "chained"
        ? ["chained"]
        : Object.values(SERVICE_NAMES)
  return [...all.flatMap((name) => rolesOf(name, seal)), ...(redisUrl ? ["read-model"] : [])]
}

/** Opens (or, embedded, creates) the log, restores every state, and starts. @throws what `openLog` and `openHost` do */
export const openHouse = (options: HouseOptions): Promise<House> => {
  const { dir, partitions, service, seal, redisUrl, kafka = null, registry = null, onProblem } = options
  const prefix = kafka?.prefix ?? ""
  return openHost({
    ...options,
    prefix,
    openLog: () =>
      openLog({ kafka, registry }, dir, {
        ...(partitions === undefined ? {} : { partitions }),
        roles: rolesHere(options),
        onProblem: (cause) => onProblem?.("the log", cause),
      }),
    stagesOver: (log, onClose) => {
      const pool = new VerifyPool(poolSize(options))
      onClose(() => pool.close())
      const all = stagesOver(log, pool)
      return (partition) =>
        service === undefined ? all(partition) : all(partition).filter(({ name }) => name === service)
    },
    sealing: seal && dir !== null ? (log, problem) => keepSealed(log, dir, problem) : null,
    readModel: !redisUrl
      ? null
      : (log, metrics) =>
          startReadModel(log, {
            redisUrl,
            prefix,
            ...(onProblem === undefined ? {} : { onProblem }),
            onMetrics: (now) => metrics.observeReadModel(now),
          }),
  })
}
