/** The reference client of OpenTimestamps, where `infra/ci/packages.sh` has installed it; or, loudly, none. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { ownFolder } from "@assay/infra/local"

export const OTS: string = join(ownFolder("ots"), "bin", "ots")

export const hasOts: boolean = existsSync(OTS)

/** Says what is skipped, and why. */
export const sayWithoutOts = (file: string): void => {
  if (!hasOts)
    process.stderr.write(
      `SKIPPED: ${file}: the client of OpenTimestamps is not there (infra/ci/packages.sh installs it)\n`,
    )
}
