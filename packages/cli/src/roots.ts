/** How commands name the file with the pinned roots. */
import { COMMAND, processEnvironment } from "@assay/settings"
import { type Arguments, fromSetting, type Option } from "./command.ts"

export const ROOTS_OPTION: Readonly<Record<string, Option>> = {
  roots: {
    type: "string",
    value: "FILE",
    ...fromSetting(COMMAND.roots),
    help: "the pinned roots, outside the data directory",
  },
}

/** Whether the call or the environment names the file: then it must be there. */
export const areRootsNamed = (given: Arguments): boolean =>
  given.isGiven("roots") || Boolean(processEnvironment()[COMMAND.roots.key])
