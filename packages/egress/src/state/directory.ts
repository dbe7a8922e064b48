/** What an exporter keeps beside its output: a lock, the positions, and the dead letters. */
import { join } from "node:path"
import { DataDirError } from "@assay/log"
import { lockDir } from "@assay/log/embedded"

export interface StateDirectory {
  readonly positions: string
  readonly deadLetters: string
  /** The operating system does it too, when the process ends. */
  release(): void
}

/** Makes the directory where there is none. @throws DataDirError where another process has it, or it cannot be made */
export const openState = (dir: string): StateDirectory => {
  let release: () => void
  try {
    release = lockDir(dir)
  } catch (cause) {
    throw new DataDirError(
      `${dir}, which holds the position of this export, cannot be used by two at a time: ${(cause as Error).message}`,
      { cause },
    )
  }
  return { positions: join(dir, "position.json"), deadLetters: join(dir, "dead-letters.ndjson"), release }
}
