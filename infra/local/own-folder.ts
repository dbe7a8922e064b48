/** Where `infra/ci/packages.sh` keeps what it installs in a folder of its own. */
import { homedir } from "node:os"
import { join } from "node:path"
import { type Environment, processEnvironment } from "@assay/settings"

/** @param name of the folder, as that script calls it */
export const ownFolder = (name: string, env: Environment = processEnvironment()): string =>
  join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "assay", name)
