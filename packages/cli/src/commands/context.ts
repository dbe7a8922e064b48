/** `assay context add|use|list|remove`: where a deployment is, kept for the next call. */
import { resolve } from "node:path"
import { COMMAND, isSecret, processEnvironment, SETTINGS } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { choose } from "../choice.ts"
import { nodeUrlOf } from "../client.ts"
import { type Arguments, type Command, EXIT, type ExitCode, type Option, UsageError } from "../command.ts"
import { type Context, FIELDS, variablesOf } from "../context/fields.ts"
import { changeContexts, checkName, contextsFile, MAX_CONTEXTS, readContexts } from "../context/store.ts"
import { chosenContext, known } from "../context/use.ts"
import { type Output, table } from "../output.ts"

const OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  Object.entries(FIELDS).map(([name, { kind, value, help }]) => [
    name,
    kind === "flag" ? { type: "boolean", help } : { type: "string", value, help },
  ]),
)

const contextFrom = (given: Arguments): Context =>
  Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, { kind }]): Array<readonly [string, string]> => {
      if (kind === "flag") return given.flag(name) ? [[name, "true"]] : []
      if (!given.isGiven(name)) return []
      const text = given.required(name)
      return [[name, kind === "path" ? resolve(text) : text]]
    }),
  )

/** What a command would say of it later is said now. @throws UsageError, ConfigurationError, LogSetupError */
const check = async (context: Context): Promise<void> => {
  if (Object.keys(context).length === 0)
    throw new UsageError("a context says where something is: give --url, --brokers or --data at least")
  if (context["url"] !== undefined) nodeUrlOf(context["url"])
  const variables = variablesOf(context)
  const { readLogConfiguration } = await import("@assay/node/log")
  readLogConfiguration(variables)
  const secrets = SETTINGS.filter(isSecret)
  readSettings(Object.fromEntries(secrets.map((setting) => [setting.key, setting])), variables)
}

const nameIn = (given: Arguments, verb: string): string => {
  const name = given.positionals[1]
  if (name === undefined) throw new UsageError(`assay context ${verb} takes the name of a context`)
  return checkName(name)
}

const add = async (given: Arguments, path: string, output: Output): Promise<ExitCode> => {
  const name = nameIn(given, "add")
  const context = contextFrom(given)
  await check(context)
  const { current } = changeContexts(path, ({ current, contexts }) => {
    if (Object.hasOwn(contexts, name))
      throw new UsageError(`there is a context ${name}: remove it first with assay context remove ${name}`)
    if (Object.keys(contexts).length >= MAX_CONTEXTS) throw new UsageError(`there are ${MAX_CONTEXTS}: remove one`)
    return { current: current ?? name, contexts: { ...contexts, [name]: context } }
  })
  output.result({ name, current, file: path }, () =>
    output.say(current === name ? `${name} is in use` : `${name} is kept: assay context use ${name} uses it`),
  )
  return EXIT.ok
}

const use = (given: Arguments, path: string, output: Output): ExitCode => {
  const name = nameIn(given, "use")
  changeContexts(path, (now) => ({ ...now, current: known(name, now) }))
  output.result({ current: name }, () => output.say(`${name} is in use`))
  return EXIT.ok
}

const remove = (given: Arguments, path: string, output: Output): ExitCode => {
  const name = nameIn(given, "remove")
  const { current } = changeContexts(path, (now) => {
    known(name, now)
    const contexts = Object.fromEntries(Object.entries(now.contexts).filter(([one]) => one !== name))
    return { current: now.current === name ? null : now.current, contexts }
  })
  output.result({ removed: name, current }, () =>
    output.say(`${name} is removed${current === null ? "; no context is in use" : ""}`),
  )
  return EXIT.ok
}

const list = (path: string, output: Output): ExitCode => {
  const all = readContexts(path)
  const counts = chosenContext(processEnvironment(), all)
  output.result({ current: counts, contexts: all.contexts, file: path }, () => {
    const rows = Object.entries(all.contexts).map(([name, context]) => [
      name === counts ? "*" : "",
      name,
      Object.entries(context)
        .map(([field, value]) => (FIELDS[field]!.kind === "flag" ? `--${field}` : `--${field} ${value}`))
        .join(" "),
    ])
    output.say(
      rows.length === 0 ? "there is no context: assay context add NAME makes one" : table(["", "name", "says"], rows),
    )
  })
  return EXIT.ok
}

export const context: Command = {
  name: "context",
  summary: "keep where deployments are, and choose the one that commands speak to",
  usage: "context add NAME [--url URL] [--brokers HOST:PORT,...] ... | use NAME | list | remove NAME",
  details: `What a context says counts for every command, as if its variables were set; options and the environment win over it.
Where a call or the environment names another node or other brokers, the context's token and password are not shown to them.
A secret is never kept: only the path of the file that has it. ${COMMAND.context.key}=NAME chooses another context for one call,
${COMMAND.context.key}= none. Commands that start a node (run, up, demo, bench) take none: a node is configured by its environment.
The file is contexts.json in ${COMMAND.configDir.key}, else in $XDG_CONFIG_HOME/assay or ~/.config/assay, with mode 600.`,
  takes: 2,
  options: OPTIONS,
  run: async (given, output) => {
    const verb = choose("assay context", given.positionals[0], ["add", "use", "list", "remove"])
    const path = contextsFile(processEnvironment())
    if (verb === "add") return add(given, path, output)
    if (verb === "use") return use(given, path, output)
    return verb === "remove" ? remove(given, path, output) : list(path, output)
  },
}
