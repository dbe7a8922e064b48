/** anomaly-quarantine as a process of its own. */
import { runService } from "@assay/node"
import { anomalyStage } from "./stage.ts"

runService({ name: "anomaly", stageOver: () => () => anomalyStage() })
