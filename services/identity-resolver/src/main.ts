/** identity-resolver as a process of its own. */
import { VerifyPool } from "@assay/jose/verify-pool"
import { partitionOf } from "@assay/log"
import { runService } from "@assay/node"
import { identityStage } from "./stage.ts"

runService({
  name: "identity",
  stageOver: ({ log, onClose }) => {
    const pool = new VerifyPool()
    onClose(() => pool.close())
    return () =>
      identityStage({
        genesis: log.genesis,
        partitionOf: (device) => partitionOf(device, log.partitions),
        verify: (jobs) => pool.verifyBatch(jobs),
      })
  },
})
