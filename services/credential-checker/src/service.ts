/** credential-checker: may this device say this, by a credential that is in force. */
import type { ServiceDefinition } from "@assay/node"
import { NODE } from "@assay/settings"
import { credentialStage } from "./stage.ts"

export const credentialChecker: ServiceDefinition = {
  name: "credential-checker",
  module: import.meta.url,
  stage: ({ verify }) => credentialStage({ verify }),
  roles: ["credential-checker"],
  settings: [NODE.verifyBackend, NODE.keyBytes],
}
