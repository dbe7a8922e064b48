/** Where a program keeps what its processes write, and writes its report. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Arguments, EXIT, type ExitCode, type Option } from "@assay/cli/command"

export const DIR_OPTION = {
  dir: {
    type: "string",
    value: "DIR",
    help: "keep everything here (default: a temporary one, removed after a good run)",
  },
} as const satisfies Record<string, Option>

/**
 * Runs in the directory of --dir, or in a temporary one that is removed after a good run. Otherwise it says where the logs are.
 * @param name of the temporary one, before its random end
 * @param run resolves to whether the run was good
 */
export const inOwnDirectory = async (
  given: Arguments,
  name: string,
  run: (dir: string) => Promise<boolean>,
): Promise<ExitCode> => {
  const kept = given.text("dir")
  const dir = kept ?? mkdtempSync(join(tmpdir(), name))
  let good = false
  try {
    good = await run(dir)
    return good ? EXIT.ok : EXIT.failed
  } finally {
    if (kept === null && good) rmSync(dir, { recursive: true, force: true })
    // Whoever started this process as a part of its own run says it.
    else if (!process.connected) process.stderr.write(`the logs of all processes are in ${dir}\n`)
  }
}

/** A file, in a directory that is made where it is missing. */
export const writeText = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

export const jsonOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
