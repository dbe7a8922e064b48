/** The five services: the only place that knows them all. */
import { anomalyQuarantine } from "@assay/anomaly-quarantine"
import { credentialChecker } from "@assay/credential-checker"
import { identityResolver } from "@assay/identity-resolver"
import { integrityHasher } from "@assay/integrity-hasher"
import type { VerifyPool } from "@assay/jose/verify-pool"
import type { Log } from "@assay/log"
import { type ServiceDefinition, stagesOver as stagesOf } from "@assay/node"
import { segmentationEnforcer } from "@assay/segmentation-enforcer"
import type { AnyStage, StageName } from "@assay/trust"

export const SERVICES: ReadonlyArray<ServiceDefinition> = [
  identityResolver,
  credentialChecker,
  integrityHasher,
  segmentationEnforcer,
  anomalyQuarantine,
]

/** Fresh stages of all five for a partition, over one verify pool: what replay and tests judge with. */
export const stagesOver = (log: Log, pool: VerifyPool): ((partition: number) => ReadonlyArray<AnyStage>) =>
  stagesOf(SERVICES, log, (jobs) => pool.verifyBatch(jobs))

/**
 * The groups of stages that may have judged a log, with fresh stages of each for a partition: all in one, or each by itself.
 * They read states, and verify nothing.
 */
export const groupsOver = (log: Pick<Log, "genesis" | "partitions">): ReadonlyArray<() => ReadonlyArray<AnyStage>> =>
  [SERVICES, ...SERVICES.map((service) => [service])].map((services) => () => stagesOf(services, log, noVerify)(0))

/** Nothing is judged here. */
const noVerify = (): never => {
  throw new Error("the versions of judges are read, and nothing is verified")
}

/** The versions of judgement that this Assay has, of each stage. */
export const logicVersions = (): Readonly<Record<StageName, ReadonlyArray<number>>> => {
  const stages = stagesOf(SERVICES, { genesis: 0, partitions: 1 }, noVerify)(0)
  return Object.fromEntries(stages.map(({ name, logic }) => [name, [...logic.keys()]])) as unknown as Record<
    StageName,
    ReadonlyArray<number>
  >
}
