/** credential-checker as a process of its own. */
import { runService } from "@assay/node"
import { credentialChecker } from "./service.ts"

await runService(credentialChecker)
