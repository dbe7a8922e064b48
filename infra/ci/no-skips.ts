/** A reporter of vitest that lets a run fail for any test that was skipped: in CI everything is there, so nothing may be. */
import type { Reporter, TestModule } from "vitest/node"

export default class NoSkips implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const skipped: Array<string> = []
    for (const module of modules) {
      for (const test of module.children.allTests("skipped"))
        skipped.push(`${module.relativeModuleId}: ${test.fullName}`)
    }
    if (skipped.length === 0) return
    process.exitCode = 1
    process.stderr.write(`\n${skipped.length} tests were skipped, and here none may be:\n  ${skipped.join("\n  ")}\n`)
  }
}
