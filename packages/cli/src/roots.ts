/** How commands name the file with the pinned roots. */
import { COMMAND } from "@assay/settings"
import { fromSetting, type Option } from "./command.ts"

export const ROOTS_OPTION: Readonly<Record<string, Option>> = {
  roots: {
    type: "string",
    value: "FILE",
    ...fromSetting(COMMAND.roots),
    help: "the pinned roots, outside the data directory",
  },
}
