import { fileURLToPath } from "node:url"
import { KAFKA_SCRIPT } from "@assay/settings"
import { fromSetting, type Option } from "../local/command.ts"

/** The directory of a local cluster, taken alike by both commands; by default in the repository, and ignored by Git. */
export const DATA = {
  type: "string",
  value: "DIR",
  ...fromSetting(KAFKA_SCRIPT.data),
  default: fileURLToPath(new URL("../../.assay/kafka", import.meta.url)),
  help: "where the brokers keep their data",
} as const satisfies Option
