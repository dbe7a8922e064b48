/** identity-resolver: who signed this, and is it routed right, fresh and new. */
import { partitionOf } from "@assay/log"
import type { ServiceDefinition } from "@assay/node"
import { NODE } from "@assay/settings"
import { identityStage } from "./stage.ts"

export const identityResolver: ServiceDefinition = {
  name: "identity-resolver",
  module: import.meta.url,
  stage: ({ log, verify }) =>
    identityStage({
      genesis: log.genesis,
      partitionOf: (device) => partitionOf(device, log.partitions),
      verify,
    }),
  roles: ["identity-resolver"],
  settings: [NODE.verifyBackend, NODE.keyBytes],
}
