/** What `redis:up` and `redis:down` take alike. */
import { REDIS_SCRIPT } from "@assay/settings"
import { dataOption, portOption } from "../local/options.ts"

export const DATA = dataOption(REDIS_SCRIPT.data, "redis", "where the server keeps its data")

export const PORT = portOption(REDIS_SCRIPT.port, "clients connect here, on loopback")
