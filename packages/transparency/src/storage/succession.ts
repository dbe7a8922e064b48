/**
 * What a successor log says of the log that it goes on after, beside its checkpoint. The log's first leaf, which its key signed, is the
 * checkpoint that the old log ends with; this file only says where the events lie.
 *
 *   succession.json   {"format":"assay-succession/1","after":<origin>,"next":<offset>,"events":<count>}
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { readOptional, writeDurable } from "./files.ts"

export interface Succession {
  /** The origin of the log before. */
  readonly after: string
  /** The offset in audit.events from which on its leaves are, behind the first. */
  readonly next: number
  /** How many events lie before that. */
  readonly events: number
}

/** Where an older generation of a log lies. */
export const olderDirectory = (directory: string, generation: number): string => `${directory}.${generation}`

/** The directories of a line of logs, oldest first. @param directory of the newest */
export const directoriesOfLine = (directory: string): ReadonlyArray<string> => {
  const line: Array<string> = []
  for (let generation = 1; existsSync(olderDirectory(directory, generation)); generation++)
    line.push(olderDirectory(directory, generation))
  return [...line, directory]
}

const FILE = "succession.json"
const FORMAT = "assay-succession/1"
const MAX_BYTES = 4096

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Null where the log is a first one, or the file is not in its form: then its events do not fit, which verification says. */
export const readSuccession = async (directory: string): Promise<Succession | null> => {
  const bytes = await readOptional(join(directory, FILE), MAX_BYTES)
  if (bytes === null) return null
  try {
    const { format, after, next, events } = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>
    if (format === FORMAT && typeof after === "string" && isCount(next) && isCount(events))
      return { after, next, events }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  return null
}

/** Durable when it resolves. */
export const writeSuccession = (directory: string, succession: Succession): Promise<void> =>
  writeDurable(join(directory, FILE), Buffer.from(`${JSON.stringify({ format: FORMAT, ...succession })}\n`))
