/** credential-checker as a process of its own. */
import { VerifyPool } from "@assay/jose/verify-pool"
import { runService } from "@assay/node"
import { credentialStage } from "./stage.ts"

runService({
  name: "credential",
  stageOver: ({ onClose }) => {
    const pool = new VerifyPool({ size: 1 })
    onClose(() => pool.close())
    return () => credentialStage({ verify: (jobs) => pool.verifyBatch(jobs) })
  },
})
