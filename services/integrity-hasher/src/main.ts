/** integrity-hasher as a process of its own, with the sealer where it has a directory. */
import { runService } from "@assay/node"
import { keepSealed } from "./sealer/keep.ts"
import { integrityStage } from "./stage.ts"

runService({ name: "integrity", stageOver: () => () => integrityStage(), startSealing: keepSealed })
