/** What `redis:up` and `redis:down` take alike. */
import { fileURLToPath } from "node:url"
import type { Option } from "../local/command.ts"

export const DATA = {
  type: "string",
  value: "DIR",
  env: "ASSAY_REDIS_DATA",
  default: fileURLToPath(new URL("../../.assay/redis", import.meta.url)),
  help: "where the server keeps its data",
} as const satisfies Option

export const PORT = {
  type: "string",
  value: "PORT",
  env: "ASSAY_REDIS_PORT",
  default: "6379",
  help: "clients connect here, on loopback",
} as const satisfies Option
