/**
 * A reporter of vitest that writes the files with failed tests, one a line, into the file that TESTS_FAILED names; an empty
 * file where nothing failed. It writes nothing where the run broke down otherwise: an error outside of a test is never tried again.
 */
import { writeFileSync } from "node:fs"
import type { Reporter, SerializedError, TestModule } from "vitest/node"

export default class FailedFiles implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<SerializedError>): void {
    const path = process.env["TESTS_FAILED"]
    if (path === undefined || errors.length > 0) return
    const failed = modules.filter((module) => !module.ok()).map((module) => module.relativeModuleId)
    writeFileSync(path, failed.map((file) => `${file}\n`).join(""))
  }
}
