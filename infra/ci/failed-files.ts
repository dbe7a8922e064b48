/**
 * A reporter of vitest that writes the paths of the files with failed tests, one a line, into the file `to`; an empty file where
 * nothing failed. It writes nothing where the run broke down otherwise: an error outside of a test is never tried again.
 */
import { writeFileSync } from "node:fs"
import type { Reporter, SerializedError, TestModule } from "vitest/node"

export default class FailedFiles implements Reporter {
  readonly #to: string | undefined

  constructor({ to }: { readonly to: string | undefined }) {
    this.#to = to
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<SerializedError>): void {
    if (this.#to === undefined || errors.length > 0) return
    const failed = modules.filter((module) => !module.ok()).map((module) => module.relativeModuleId)
    writeFileSync(this.#to, failed.map((file) => `${file}\n`).join(""))
  }
}
