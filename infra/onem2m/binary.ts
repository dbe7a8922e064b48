/** Finds ACME CSE on this machine: a Python with the package `acmecse`, which `infra/ci/packages.sh` installs in a folder of its own. */
import { delimiter, join } from "node:path"
import { type Environment, ONEM2M_SCRIPT, processEnvironment } from "@assay/settings"
import { findProgram } from "../local/find-program.ts"
import { ownFolder } from "../local/own-folder.ts"

/** Where `infra/ci/packages.sh` puts it. */
const cacheOf = (env: Environment): string => env[ONEM2M_SCRIPT.cache.key] || ownFolder("onem2m", env)

/** The path of the CSE's program, or null. `ACMECSE` names one that is somewhere else. */
export const findAcme = (env: Environment = processEnvironment()): string | null => {
  if (env["ACMECSE"]) return env["ACMECSE"]
  return findProgram(["acmecse"], [join(cacheOf(env), "bin"), ...(env["PATH"] ?? "").split(delimiter)])
}
