/** The `assay` command: finds the command that is called, runs it, and ends with its exit code. */
import { COMMAND, didYouMean, EXIT, exitCodeOf, processEnvironment, textOf } from "@assay/settings"
import { type Command, helpOf, readArguments, UsageError } from "./command.ts"
import { COMMANDS, type Listed } from "./commands.ts"
import { forgetContext, useContext } from "./context/use.ts"
import { complain, makeOutput } from "./output.ts"
import { version } from "./version.ts"

const BUILT_IN = [
  ["help [COMMAND]", "this list, or the help of one command"],
  ["--version", "the version of assay, and of the Node that it runs on"],
] as const

const overview = (): string => {
  const rows = [...COMMANDS.map(({ name, summary }) => [name, summary] as const), ...BUILT_IN]
  return `assay: trust in the stream itself\n\nassay COMMAND [OPTION ...]; assay help COMMAND\n\n${rows
    .map(([name, summary]) => `  ${name.padEnd(16)}${summary}`)
    .join("\n")}\n\nExit codes: 0 done, 1 a check failed, 2 wrong call or configuration, 3 something broke.\n`
}

/** @throws UsageError with the command that was probably meant */
const find = (name: string): Listed => {
  const listed = COMMANDS.find((candidate) => candidate.name === name)
  if (listed !== undefined) return listed
  const meant = didYouMean(name, ["help", ...COMMANDS.map((candidate) => candidate.name)])
  throw new UsageError(`there is no command ${JSON.stringify(name)}${meant}; assay help lists them`)
}

const run = async (command: Command, argv: ReadonlyArray<string>): Promise<number> => {
  const end = argv.indexOf("--")
  const options = end === -1 ? argv : argv.slice(0, end)
  if (options.includes("--help") || options.includes("-h")) {
    process.stdout.write(helpOf(command))
    return EXIT.ok
  }
  useContext(command.name, readArguments(command, argv))
  const given = readArguments(command, argv)
  return command.run(given, makeOutput(given.flag("json")))
}

const dispatch = async (name: string | undefined, rest: ReadonlyArray<string>): Promise<number> => {
  if (name === undefined) {
    process.stdout.write(overview())
    return EXIT.usage
  }
  if (name === "--version" || name === "-V" || name === "version") {
    const json = rest.includes("--json")
    const text = json
      ? JSON.stringify({ version, node: process.versions.node })
      : `assay ${version}, node ${process.versions.node}`
    process.stdout.write(`${text}\n`)
    return EXIT.ok
  }
  if (name === "help" || name === "--help" || name === "-h") {
    const about = rest.find((word) => !word.startsWith("-"))
    process.stdout.write(about === undefined ? overview() : helpOf(await find(about).load()))
    return EXIT.ok
  }
  return run(await find(name).load(), rest)
}

/**
 * Runs one command to its end; the process goes on.
 * @param argv the words behind `assay`
 * @returns the exit code; every error is reported on standard error, without a stack unless ASSAY_DEBUG is set
 */
export const execute = async ([name, ...rest]: ReadonlyArray<string>): Promise<number> => {
  try {
    return await dispatch(name, rest)
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    const code = exitCodeOf(error)
    const known = COMMANDS.some((command) => command.name === name)
    complain(`assay${known ? ` ${name}` : ""}: ${error.message}`)
    if (code !== EXIT.usage && textOf(COMMAND.debug, processEnvironment())) complain(String(error.stack))
    return code
  } finally {
    forgetContext()
  }
}

/** The command is over: a connection that the other side keeps open must not keep the process. */
const LINGER_MS = 1_000

/** @param argv the words behind `assay` */
export const main = async (argv: ReadonlyArray<string>): Promise<void> => {
  // A reader that closes our pipe early (head, less) is no error of ours.
  process.stdout.on("error", (cause: NodeJS.ErrnoException) =>
    process.exit(cause.code === "EPIPE" ? EXIT.ok : EXIT.broken),
  )
  process.exitCode = await execute(argv)
  setTimeout(() => process.exit(), LINGER_MS).unref()
}
