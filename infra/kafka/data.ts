import { KAFKA_SCRIPT } from "@assay/settings"
import { dataOption } from "../local/options.ts"

/** The directory of a local cluster, taken alike by both commands. */
export const DATA = dataOption(KAFKA_SCRIPT.data, "kafka", "where the brokers keep their data")
