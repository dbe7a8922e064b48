/** What `onem2m:up` and `onem2m:down` take alike. */
import { ONEM2M_SCRIPT } from "@assay/settings"
import type { Option } from "../local/command.ts"
import { dataOption, portOption } from "../local/options.ts"

export const DATA = dataOption(ONEM2M_SCRIPT.data, "onem2m", "where the CSE keeps its resources")

export const PORT = portOption(ONEM2M_SCRIPT.port, "AEs connect here, on loopback")

export const MQTT_PORT = {
  type: "string",
  value: "PORT",
  default: "0",
  help: "the broker of the MQTT binding, on loopback; 0: HTTP alone",
} as const satisfies Option
