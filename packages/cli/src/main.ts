#!/usr/bin/env node
/** The `assay` command. */
import { type Command, EXIT, helpOf, readArguments, UsageError } from "./command.ts"
import { COMMANDS } from "./commands.ts"
import { makeOutput } from "./output.ts"

const overview = (): string => {
  const rows = COMMANDS.map((command) => `  ${command.name.padEnd(14)}${command.summary}`)
  return `assay: trust in the stream itself\n\nassay COMMAND [OPTION ...]; assay COMMAND --help\n\n${rows.join("\n")}\n\nExit codes: 0 done, 1 a check failed, 2 wrong call or configuration, 3 something broke.\n`
}

const run = async (command: Command, argv: ReadonlyArray<string>): Promise<number> => {
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(helpOf(command))
    return EXIT.ok
  }
  const given = readArguments(command, argv)
  return command.run(given, makeOutput(given.flag("json")))
}

const main = async (argv: ReadonlyArray<string>): Promise<number> => {
  const [name, ...rest] = argv
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview())
    return name === undefined ? EXIT.usage : EXIT.ok
  }
  const listed = COMMANDS.find((candidate) => candidate.name === name)
  if (listed === undefined) {
    process.stderr.write(`assay: there is no command ${JSON.stringify(name)}; assay --help lists them\n`)
    return EXIT.usage
  }
  try {
    return await run(await listed.load(), rest)
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    const usage =
      error instanceof UsageError || ["ConfigurationError", "DataDirError", "LogSetupError"].includes(error.name)
    process.stderr.write(`assay ${name}: ${error.message}\n`)
    if (!usage && process.env["ASSAY_DEBUG"]) process.stderr.write(`${error.stack}\n`)
    return usage ? EXIT.usage : EXIT.broken
  }
}

// A reader that closes our pipe early (head, less) is no error of ours.
process.stdout.on("error", (cause: NodeJS.ErrnoException) =>
  process.exit(cause.code === "EPIPE" ? EXIT.ok : EXIT.broken),
)
process.exitCode = await main(process.argv.slice(2))
/** The command is over: a connection that the other side does not let go of must not keep the process. */
const LINGER_MS = 1_000
setTimeout(() => process.exit(), LINGER_MS).unref()
