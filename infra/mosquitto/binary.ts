/** Finds mosquitto on this machine. */
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { type Environment, processEnvironment } from "@assay/settings"

/** Debian keeps servers where the PATH of a user does not look. */
const ALSO = ["/usr/sbin", "/usr/local/sbin"]

/** The path of the broker's program, or null. `MOSQUITTO` names one that is not in the PATH. */
export const findMosquitto = (env: Environment = processEnvironment()): string | null => {
  if (env["MOSQUITTO"]) return env["MOSQUITTO"]
  for (const directory of [...(env["PATH"] ?? "").split(delimiter), ...ALSO]) {
    if (directory === "") continue
    const path = join(directory, "mosquitto")
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // not here
    }
  }
  return null
}
