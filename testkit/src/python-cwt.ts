/** python-cwt, which others wrote, in the folder of its own that `infra/ci/packages.sh` makes; or, loudly, none. */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { ownFolder } from "@assay/infra/local"

const PYTHON = join(ownFolder("cwt"), "bin", "python")

export const hasCwt: boolean = existsSync(PYTHON) && spawnSync(PYTHON, ["-c", "import cwt"]).status === 0

/** Says what is skipped, and why. */
export const sayWithoutCwt = (file: string): void => {
  if (!hasCwt)
    process.stderr.write(
      `SKIPPED in ${file}: everything with python-cwt, it is not there (infra/ci/packages.sh installs it)\n`,
    )
}

/** Runs a script with it. @param input for its standard input, as JSON @returns what it wrote, as JSON @throws Error where it fails */
export const runCwt = (script: string, input: unknown): unknown => {
  const { status, stdout, stderr } = spawnSync(PYTHON, [script], { input: JSON.stringify(input), encoding: "utf8" })
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}
