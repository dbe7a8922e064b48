/** Who works on a register: one call at a time, of whichever process. */
import { DataDirError } from "@assay/log"
import { isBusy, lockDir } from "@assay/log/embedded"
import { UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"
import { Register } from "./register.ts"
import { readTerms, registerFault } from "./register-terms.ts"

/** @throws UsageError where another call works on it */
const lock = (dir: string): (() => void) => {
  readTerms(dir)
  try {
    return lockDir(dir)
  } catch (cause) {
    if (cause instanceof DataDirError && isBusy(cause.cause))
      throw registerFault(dir, "another call works on it: wait until it is done")
    throw cause instanceof DataDirError ? new UsageError(cause.message) : registerFault(dir, fileProblem(cause))
  }
}

/** A register that is worked on again and again: it is read once, and from then on only what other calls have appended. */
export class SharedRegister {
  readonly #dir: string
  #kept: Register | null = null

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Works on it alone. What was added is on the disk when it resolves. @throws UsageError where another call does; what the work throws */
  async work<Result>(work: (register: Register) => Result | Promise<Result>): Promise<Result> {
    const unlock = lock(this.#dir)
    try {
      if (this.#kept?.catchUp() === false) this.close()
      this.#kept ??= new Register(this.#dir)
      const result = await work(this.#kept)
      await this.#kept.flush()
      return result
    } finally {
      // What is not on the disk did not happen.
      if (this.#kept?.isFlushed === false) this.close()
      unlock()
    }
  }

  close(): void {
    this.#kept?.close()
    this.#kept = null
  }
}

/** Works on a register alone. What was added is on the disk when it resolves. @throws UsageError where another call does; what the work throws */
export const withRegister = async <Result>(
  dir: string,
  work: (register: Register) => Result | Promise<Result>,
): Promise<Result> => {
  const shared = new SharedRegister(dir)
  try {
    return await shared.work(work)
  } finally {
    shared.close()
  }
}
