/** identity-resolver as a process of its own. */
import { runService } from "@assay/node"
import { identityResolver } from "./service.ts"

await runService(identityResolver)
