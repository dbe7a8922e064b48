/** Finds a server that speaks Redis' protocol on this machine. */
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { type Environment, processEnvironment } from "@assay/settings"

/** Redis first: it is what Debian installs as `redis-server`; Valkey is its free continuation and takes the same settings. */
const NAMES = ["redis-server", "valkey-server"] as const

/** The path of the server's program, or null. `REDIS_SERVER` names one that is not in the PATH. */
export const findServer = (env: Environment = processEnvironment()): string | null => {
  if (env["REDIS_SERVER"]) return env["REDIS_SERVER"]
  for (const name of NAMES) {
    for (const directory of (env["PATH"] ?? "").split(delimiter)) {
      if (directory === "") continue
      const path = join(directory, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // not here
      }
    }
  }
  return null
}
