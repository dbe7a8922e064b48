/** What a SIEM format is, and the encoder that it makes: a decision becomes a security event, and that becomes bytes. */
import type { Decided, Encoder } from "../encoder.ts"
import type { AttackVersion } from "./attack.ts"
import { eventOf, eventOfStorm, type SecurityEvent, shortened } from "./event.ts"

/** What a format needs to know beside the event. Each has what it uses. */
export interface FormatOptions {
  readonly attack: AttackVersion
  /** `metadata.version` of OCSF. */
  readonly ocsf: string
  /** The name of this system, as syslog and ECS have it. */
  readonly host: string
  /** Of Assay. */
  readonly version: string
}

export interface SiemFormat {
  readonly name: string
  readonly mediaType: string
  /** One line without its end, and without any control character in it. Pure. */
  line(event: SecurityEvent): string
  /** What sinks with headers say beside it. */
  attributes?(event: SecurityEvent): Readonly<Record<string, string>>
  /** Whether there is a word for it; left out: for all. */
  takes?(decided: Decided): boolean
  /** False: a summary cannot be said in this form. */
  readonly sumsUp?: false
}

/**
 * @param maxBytes of a line. One that is longer has its names cut, which only somebody makes who chooses long ones: refusing it
 *   would hide him
 */
export const siemEncoder = (
  format: SiemFormat,
  options: Pick<FormatOptions, "attack">,
  maxBytes = Number.POSITIVE_INFINITY,
): Encoder => {
  const lineOf = (event: SecurityEvent): Buffer => {
    const line = Buffer.from(`${format.line(event)}\n`)
    return line.length <= maxBytes ? line : Buffer.from(`${format.line(shortened(event))}\n`)
  }
  const encoded = (event: SecurityEvent) => ({
    key: event.key,
    bytes: lineOf(event),
    ...(format.attributes === undefined ? {} : { attributes: format.attributes(event) }),
    ...(event.storm === null ? {} : { count: event.storm.count }),
  })
  return {
    name: format.name,
    mediaType: format.mediaType,
    encode: (decided) => encoded(eventOf(decided, options)),
    ...(format.takes === undefined ? {} : { takes: format.takes }),
    ...(format.sumsUp === false ? {} : { summarise: (storm) => encoded(eventOfStorm(storm, options)) }),
  }
}
