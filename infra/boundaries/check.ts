/**
 * `npm run boundaries`: the rules of .dependency-cruiser.cjs, undeclared imports, circles between directories, and whether
 * ARCHITECTURE.md shows the matrix. `npm run boundaries:table` writes the table instead.
 */
import { writeFileSync } from "node:fs"
import { EXIT } from "@assay/cli/command"
import { type Command, main } from "../local/command.ts"
import { cruise, ROOT } from "./cruise.ts"
import { PAGE, PLACES, pages, problemsOf } from "./problems.ts"

export const boundaries: Command = {
  name: "boundaries",
  summary: "Checks who imports whom against infra/boundaries/matrix.json; ends with 1 where somebody may not.",
  options: {
    table: { type: "boolean", help: "check nothing, and write the table of the matrix into ARCHITECTURE.md" },
  },
  async run(given) {
    if (given.flag("table")) {
      writeFileSync(PAGE, pages().wanted)
      return { value: { written: PAGE }, lines: [] }
    }
    const found = cruise(ROOT, PLACES)
    const problems = problemsOf(found)
    return {
      value: { modules: found.modules.length, problems },
      lines: [`${found.modules.length} modules read`, ...problems],
      code: problems.length === 0 ? EXIT.ok : EXIT.failed,
    }
  },
}

if (import.meta.main) await main(boundaries)
