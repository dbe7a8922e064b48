/** What `onem2m:up` and `onem2m:down` take alike. */
import { fileURLToPath } from "node:url"
import { ONEM2M_SCRIPT } from "@assay/settings"
import { fromSetting, type Option } from "../local/command.ts"

export const DATA = {
  type: "string",
  value: "DIR",
  ...fromSetting(ONEM2M_SCRIPT.data),
  default: fileURLToPath(new URL("../../.assay/onem2m", import.meta.url)),
  help: "where the CSE keeps its resources",
} as const satisfies Option

export const PORT = {
  type: "string",
  value: "PORT",
  ...fromSetting(ONEM2M_SCRIPT.port),
  help: "AEs connect here, on loopback",
} as const satisfies Option

export const MQTT_PORT = {
  type: "string",
  value: "PORT",
  default: "0",
  help: "the broker of the MQTT binding, on loopback; 0: HTTP alone",
} as const satisfies Option
