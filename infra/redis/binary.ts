/** Finds a server that speaks Redis' protocol on this machine. */
import { delimiter } from "node:path"
import { type Environment, processEnvironment } from "@assay/settings"
import { findProgram } from "../local/find-program.ts"

/** Redis first: it is what Debian installs as `redis-server`; Valkey is its free continuation and takes the same settings. */
const NAMES = ["redis-server", "valkey-server"] as const

/** The path of the server's program, or null. `REDIS_SERVER` names one that is not in the PATH. */
export const findServer = (env: Environment = processEnvironment()): string | null => {
  if (env["REDIS_SERVER"]) return env["REDIS_SERVER"]
  return findProgram(NAMES, (env["PATH"] ?? "").split(delimiter))
}
