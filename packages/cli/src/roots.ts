/** How commands name the file with the pinned roots. */
import type { Option } from "./command.ts"

export const ROOTS_OPTION: Readonly<Record<string, Option>> = {
  roots: {
    type: "string",
    value: "FILE",
    env: "ASSAY_ROOTS",
    default: "roots.json",
    help: "the pinned roots, outside the data directory",
  },
}
