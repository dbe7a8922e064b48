/** segmentation-enforcer as a process of its own. */
import { runService } from "@assay/node"
import { segmentationStage } from "./stage.ts"

runService({ name: "segmentation", stageOver: () => () => segmentationStage() })
