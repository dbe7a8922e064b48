/** integrity-hasher: does a message continue its chain; and the sealer, where there is a directory. */
import type { ServiceDefinition } from "@assay/node"
import { NODE } from "@assay/settings"
import { keepSealed } from "./sealer/keep-sealed.ts"
import { integrityStage } from "./stage.ts"

export const integrityHasher: ServiceDefinition = {
  name: "integrity-hasher",
  module: import.meta.url,
  stage: () => integrityStage(),
  roles: ["integrity-hasher"],
  settings: [NODE.seal, NODE.sealLeaseMs, NODE.witnessPolicy, NODE.witnessIntervalMs],
  sealer: { roles: ["sealer"], start: keepSealed },
}
