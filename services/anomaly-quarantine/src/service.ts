/** anomaly-quarantine: the last of the five, and the one that decides. */
import type { ServiceDefinition } from "@assay/node"
import { anomalyStage } from "./stage.ts"

export const anomalyQuarantine: ServiceDefinition = {
  name: "anomaly-quarantine",
  module: import.meta.url,
  stage: () => anomalyStage(),
  roles: ["anomaly-quarantine"],
  settings: [],
}
