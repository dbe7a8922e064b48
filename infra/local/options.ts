/** Options that the commands which start and stop local servers take alike. */
import { fileURLToPath } from "node:url"
import type { Setting } from "@assay/settings"
import { fromSetting, type Option } from "./command.ts"

/** The directory of a server; by default in the repository, and ignored by Git. @param folder its name there */
export const dataOption = (setting: Setting<string | number | null>, folder: string, help: string) =>
  ({
    type: "string",
    value: "DIR",
    ...fromSetting(setting),
    default: fileURLToPath(new URL(`../../.assay/${folder}`, import.meta.url)),
    help,
  }) as const satisfies Option

/** The port that a server listens on. */
export const portOption = (setting: Setting<string | number | null>, help: string) =>
  ({ type: "string", value: "PORT", ...fromSetting(setting), help }) as const satisfies Option
