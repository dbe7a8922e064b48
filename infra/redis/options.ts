/** What `redis:up` and `redis:down` take alike. */
import { fileURLToPath } from "node:url"
import { REDIS_SCRIPT } from "@assay/settings"
import { fromSetting, type Option } from "../local/command.ts"

export const DATA = {
  type: "string",
  value: "DIR",
  ...fromSetting(REDIS_SCRIPT.data),
  default: fileURLToPath(new URL("../../.assay/redis", import.meta.url)),
  help: "where the server keeps its data",
} as const satisfies Option

export const PORT = {
  type: "string",
  value: "PORT",
  ...fromSetting(REDIS_SCRIPT.port),
  help: "clients connect here, on loopback",
} as const satisfies Option
