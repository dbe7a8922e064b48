/** integrity-hasher as a process of its own. */
import { runService } from "@assay/node"
import { integrityHasher } from "./service.ts"

await runService(integrityHasher)
