/** segmentation-enforcer: may it flow from its zone to that audience. */
import type { ServiceDefinition } from "@assay/node"
import { segmentationStage } from "./stage.ts"

export const segmentationEnforcer: ServiceDefinition = {
  name: "segmentation-enforcer",
  module: import.meta.url,
  stage: () => segmentationStage(),
  roles: ["segmentation-enforcer"],
  settings: [],
}
