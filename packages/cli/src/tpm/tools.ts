/** Runs programs of tpm2-tools. Which TPM they speak to is theirs to know (TPM2TOOLS_TCTI; /dev/tpmrm0 by default). */
import { execFile } from "node:child_process"
import { UsageError } from "../command.ts"

const TIMEOUT_MS = 60_000
const MAX_OUTPUT = 1 << 20

/** What comes last only says that the program ends. */
const firstLine = (text: string): string => text.trim().split("\n")[0]?.slice(0, 256) ?? ""

/**
 * Its standard output. @param name without `tpm2_`
 * @throws UsageError that says what the program said
 */
export const tpm2 = (cwd: string, name: string, ...args: ReadonlyArray<string>): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { cwd, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT, encoding: "buffer" as const }
    execFile(`tpm2_${name}`, args, options, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout)
      else if (cause.code === ("ENOENT" as never))
        reject(new UsageError(`there is no tpm2_${name} in the PATH: install tpm2-tools`))
      else reject(new UsageError(`tpm2_${name} failed: ${firstLine(stderr.toString()) || cause.message}`))
    })
  })
