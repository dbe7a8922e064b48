/** What the caller of these commands must put right before a broker can run: Java, Maven, a port, a data directory. */
export class KafkaProblem extends Error {
  override readonly name = "KafkaProblem"
}

/** The last `lines` lines of a text, for messages that quote a log. */
export const tail = (text: string, lines: number): string => text.trimEnd().split("\n").slice(-lines).join("\n")
