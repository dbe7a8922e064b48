/** integrity-hasher's stage as a process of its own. */
import { runService } from "@assay/runtime"
import { integrityStage } from "./stage.ts"

runService(() => () => integrityStage())
