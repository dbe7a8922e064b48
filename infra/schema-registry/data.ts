import { REGISTRY_SCRIPT } from "@assay/settings"
import { dataOption } from "../local/options.ts"

/** The directory of a local registry, taken alike by both commands. */
export const DATA = dataOption(REGISTRY_SCRIPT.data, "schema-registry", "where the registry keeps its data")
