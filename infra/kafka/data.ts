import { fileURLToPath } from "node:url"
import type { Option } from "../local/command.ts"

/** The directory of a local cluster, taken alike by both commands; by default in the repository, and ignored by Git. */
export const DATA = {
  type: "string",
  value: "DIR",
  env: "ASSAY_KAFKA_DATA",
  default: fileURLToPath(new URL("../../.assay/kafka", import.meta.url)),
  help: "where the brokers keep their data",
} as const satisfies Option
