/** Finds mosquitto on this machine. */
import { delimiter } from "node:path"
import { type Environment, processEnvironment } from "@assay/settings"
import { findProgram } from "../local/find-program.ts"

/** Debian keeps servers where the PATH of a user does not look. */
const ALSO = ["/usr/sbin", "/usr/local/sbin"]

/** The path of the broker's program, or null. `MOSQUITTO` names one that is not in the PATH. */
export const findMosquitto = (env: Environment = processEnvironment()): string | null => {
  if (env["MOSQUITTO"]) return env["MOSQUITTO"]
  return findProgram(["mosquitto"], [...(env["PATH"] ?? "").split(delimiter), ...ALSO])
}
