/** Exit codes, and which error means which: one table for the command, the services and the image. */

export const EXIT = {
  ok: 0,
  /** The command ran, and what it checked is not so: a difference, a failed proof, an attack not caught. */
  failed: 1,
  /** The call, the configuration, a policy or a bundle is wrong: correct it; nothing was started. */
  usage: 2,
  /** Something that should have worked did not: a disk, a port, a data directory. */
  broken: 3,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** By the `_tag` of an error. What is not here broke. */
const BY_TAG: ReadonlyMap<unknown, ExitCode> = new Map([
  ["UsageError", EXIT.usage],
  ["AnchorError", EXIT.usage],
  ["ArchiveError", EXIT.usage],
  ["ConfigurationError", EXIT.usage],
  ["DataDirError", EXIT.usage],
  ["KeyError", EXIT.usage],
  ["LinkedFileError", EXIT.usage],
  ["LogEndedError", EXIT.usage],
  ["LogSetupError", EXIT.usage],
  ["SetupProblem", EXIT.usage],
  ["TargetError", EXIT.usage],
])

/** The exit code that an error means. Only a person can correct `usage`; whoever restarts a process need not try it again. */
export const exitCodeOf = (error: unknown): ExitCode =>
  typeof error === "object" && error !== null && "_tag" in error ? (BY_TAG.get(error._tag) ?? EXIT.broken) : EXIT.broken
