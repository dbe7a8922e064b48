import { fileURLToPath } from "node:url"
import { REGISTRY_SCRIPT } from "@assay/settings"
import { fromSetting, type Option } from "../local/command.ts"

/** The directory of a local registry, taken alike by both commands; by default in the repository, and ignored by Git. */
export const DATA = {
  type: "string",
  value: "DIR",
  ...fromSetting(REGISTRY_SCRIPT.data),
  default: fileURLToPath(new URL("../../.assay/schema-registry", import.meta.url)),
  help: "where the registry keeps its data",
} as const satisfies Option
