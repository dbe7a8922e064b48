/** `npm run schemas:generate` and `schemas:check`: the types and codecs that follow from the .avsc files. */
import { fileURLToPath } from "node:url"
import { EXIT } from "@assay/cli/command"
import { driftOf, settle } from "@assay/schemas/generate"
import { type Command, main } from "../local/command.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const CURE = "run npm run schemas:generate"

export const schemas: Command = {
  name: "schemas:generate",
  summary: "Writes the types and codecs that follow from schemas/avsc; what follows already is left as it is.",
  options: {
    root: { type: "string", value: "DIR", default: ROOT, help: "the workspace to read and write" },
    check: {
      type: "boolean",
      help: "write nothing, name what does not follow, and end with 1 where something does not",
    },
  },
  async run(given) {
    const root = given.text("root")
    const drift = driftOf(root)
    const value = { drifted: [...drift.drifted.keys()], left: drift.left }
    if (!given.flag("check")) {
      settle(root, drift)
      return {
        value,
        lines: [...value.drifted.map((path) => `wrote ${path}`), ...value.left.map((path) => `deleted ${path}`)],
      }
    }
    const lines = [
      ...value.drifted.map((path) => `${path} does not follow from schemas/avsc: ${CURE}`),
      ...value.left.map((path) => `${path} follows from no file of schemas/avsc: ${CURE}`),
    ]
    return { value, lines, code: lines.length === 0 ? EXIT.ok : EXIT.failed }
  },
}

if (import.meta.main) await main(schemas)
