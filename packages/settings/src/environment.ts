/** The environment of this process. Every other source gets it from here, or as an argument: a test holds them to it. */
import { COMMAND } from "./list/http.ts"
import type { Setting } from "./setting.ts"

export type Environment = Readonly<Record<string, string | undefined>>

/** What counts where the environment has nothing: the context of the command that runs (`assay context`). */
let beneath: Environment = {}

/**
 * Variables that count where the environment has none of the name, in place of those that were given before.
 * For `assay` alone: a node is configured by its environment and nothing else.
 */
export const layBeneath = (variables: Environment): void => {
  beneath = variables
}

/** The variables as they are now. Whoever reads a setting's value from them does so by its declaration. */
export const processEnvironment = (): Environment =>
  Object.keys(beneath).length === 0 ? process.env : { ...beneath, ...process.env }

/**
 * The text that the environment has for a setting, unchecked; null where it has none, or an empty one. For places that are to
 * load nothing else: `readSettings` checks, and covers secrets.
 */
export const textOf = (setting: Setting<unknown, false>, environment: Environment): string | null =>
  environment[setting.key] || null

/** What configures nodes, commands and their telemetry: all that begins as one of the declared settings does. */
const OURS = /^((ASSAY|KAFKA|SCHEMA_REGISTRY|OTEL)_.*|LOG|REDIS_URL(_FILE)?)$/

/** The environment for a process whose settings its starter gives it, all of them: no context counts for it either. */
export const withoutSettings = (environment: Environment): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !OURS.test(entry[0]),
    ),
  ),
  [COMMAND.context.key]: "",
})
