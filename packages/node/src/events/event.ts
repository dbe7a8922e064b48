/** One event of a node, and the line that it becomes. */
import { safeJson } from "@assay/trust/kit"
import { adviceOf } from "./advice.ts"
import { EVENT_CODES, type EventCode } from "./codes.ts"

export interface NodeEvent {
  readonly code: EventCode
  /** For people: one sentence. */
  readonly message: string
  readonly group?: string
  readonly partition?: number
  /** The error behind it; its message follows the sentence. */
  readonly cause?: unknown
  readonly details?: Readonly<Record<string, unknown>>
}

export type Emit = (event: NodeEvent) => void

/** An error's text may come from outside: it is bounded. */
const MAX_MESSAGE = 2_000

export const describe = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** One line of JSON, without its end. @param service who speaks */
export const lineOf = (service: string, event: NodeEvent, now: Date): string => {
  const { code, group, partition, cause, details } = event
  const message = cause === undefined ? event.message : `${event.message}: ${describe(cause)}`
  return safeJson({
    ...details,
    time: now.toISOString(),
    level: EVENT_CODES[code].level,
    service,
    code,
    ...(group === undefined ? {} : { group }),
    ...(partition === undefined ? {} : { partition }),
    message: message.slice(0, MAX_MESSAGE),
    ...adviceOf(code),
  })
}
