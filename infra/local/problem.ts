/** What the caller must put right before a server can run here: a program that is missing, a port, a data directory. */
export class SetupProblem extends Error {
  readonly _tag = "SetupProblem"
  override readonly name = "SetupProblem"
}

/** The last `lines` lines of a text, for messages that quote a log. */
export const tail = (text: string, lines: number): string => text.trimEnd().split("\n").slice(-lines).join("\n")
