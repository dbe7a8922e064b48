/** Which context counts for a call, and that it does. */
import { COMMAND, didYouMean, type Environment, layBeneath, processEnvironment } from "@assay/settings"
import { type Arguments, UsageError } from "../command.ts"
import { countingOf } from "./fields.ts"
import { type Contexts, contextsFile, readContexts } from "./store.ts"

/** They start nodes, which are configured by their environment alone: none joins a deployment by a file of its user. */
const STARTS_NODES: ReadonlySet<string> = new Set(["run", "up", "demo", "bench"])
const NEEDS_NONE: ReadonlySet<string> = new Set(["context", "init", "keygen"])

/** @throws UsageError where there is none of the name */
export const known = (name: string, { contexts }: Contexts): string => {
  if (Object.hasOwn(contexts, name)) return name
  const names = Object.keys(contexts)
  throw new UsageError(
    `there is no context ${JSON.stringify(name)}${didYouMean(name, names)}; assay context list shows them`,
  )
}

/** The name of the context that counts; null where none does. @throws UsageError */
export const chosenContext = (environment: Environment, contexts: Contexts): string | null => {
  const asked = environment[COMMAND.context.key]
  if (asked === "") return null
  return asked === undefined ? contexts.current : known(asked, contexts)
}

/** No context counts from here on. */
export const forgetContext = (): void => layBeneath({})

/**
 * Lays the context of the user beneath the environment of this call.
 * @param command its name
 * @throws UsageError where the file of contexts is wrong, or has none of the name
 */
export const useContext = (command: string, given: Pick<Arguments, "isGiven">): void => {
  forgetContext()
  if (STARTS_NODES.has(command) || NEEDS_NONE.has(command)) return
  const environment = processEnvironment()
  if (environment[COMMAND.context.key] === "") return
  const contexts = readContexts(contextsFile(environment))
  const name = chosenContext(environment, contexts)
  if (name !== null) layBeneath(countingOf(contexts.contexts[name]!, environment, given))
}
