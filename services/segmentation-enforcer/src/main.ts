/** segmentation-enforcer as a process of its own. */
import { runService } from "@assay/node"
import { segmentationEnforcer } from "./service.ts"

await runService(segmentationEnforcer)
