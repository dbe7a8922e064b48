/** anomaly-quarantine as a process of its own. */
import { runService } from "@assay/node"
import { anomalyQuarantine } from "./service.ts"

await runService(anomalyQuarantine)
