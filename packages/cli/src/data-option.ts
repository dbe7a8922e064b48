/** How commands name the data directory. Apart from opening it, which loads a log engine. */
import type { Option } from "./command.ts"

export const DEFAULT_DIR = "data"

/** Every command that looks at a data directory takes it the same way. */
export const DATA_OPTION: Readonly<Record<string, Option>> = {
  data: {
    type: "string",
    value: "DIR",
    env: "ASSAY_DATA",
    help: `the data directory of the node; by default ${DEFAULT_DIR}, with LOG=kafka none`,
  },
}
