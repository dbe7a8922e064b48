/** How commands name the data directory. Apart from opening it, which loads a log engine. */
import { COMMAND, DEFAULT_DATA_DIR } from "@assay/settings"
import { fromSetting, type Option } from "./command.ts"

/** Every command that looks at a data directory takes it the same way. */
export const DATA_OPTION: Readonly<Record<string, Option>> = {
  data: {
    type: "string",
    value: "DIR",
    ...fromSetting(COMMAND.data),
    help: `the data directory of the node; by default ${DEFAULT_DATA_DIR}, with LOG=kafka none`,
  },
}
