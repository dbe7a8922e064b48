/**
 * `npm run boundaries`: the rules of .dependency-cruiser.cjs, undeclared imports, circles between directories, and whether
 * ARCHITECTURE.md shows the matrix. `--table` (`npm run boundaries:table`) writes the table instead.
 */
import { writeFileSync } from "node:fs"
import { cruise, ROOT } from "./cruise.ts"
import { PAGE, PLACES, pages, problemsOf } from "./problems.ts"

if (process.argv.includes("--table")) {
  writeFileSync(PAGE, pages().wanted)
} else {
  const found = cruise(ROOT, PLACES)
  process.stdout.write(`${found.modules.length} modules read\n`)
  const problems = problemsOf(found)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (problems.length > 0) process.exitCode = 1
}
