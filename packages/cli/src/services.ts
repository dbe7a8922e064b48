/** The five services: the only place that knows them all. */
import { anomalyQuarantine } from "@assay/anomaly-quarantine"
import { credentialChecker } from "@assay/credential-checker"
import { identityResolver } from "@assay/identity-resolver"
import { integrityHasher } from "@assay/integrity-hasher"
import type { VerifyPool } from "@assay/jose/verify-pool"
import type { Log } from "@assay/log"
import { type ServiceDefinition, stagesOver as stagesOf } from "@assay/node"
import { segmentationEnforcer } from "@assay/segmentation-enforcer"
import type { AnyStage } from "@assay/trust"

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
