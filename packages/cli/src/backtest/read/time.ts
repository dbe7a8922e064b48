/** Times as files write them. */

/** From here on a number counts milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973. */
const MILLISECONDS_FROM = 1e11
/** The year 9999: what lies beyond is no time of a machine. */
const LATEST = 253_402_300_800_000

const NUMBER = /^\d+(\.\d+)?$/
/** A date, and most often a time, with or without a zone (ISO 8601; a blank may stand for the T). */
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)([.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i

/** Milliseconds since 1970, or null where the text is no time. Without a zone it is UTC. */
export const readTime = (text: string): number | null => {
  const trimmed = text.trim()
  if (NUMBER.test(trimmed)) {
    const value = Number(trimmed)
    const at = Math.round(value >= MILLISECONDS_FROM ? value : value * 1000)
    return at < LATEST ? at : null
  }
  const found = ISO.exec(trimmed)
  if (found === null) return null
  const [, date, time = "00:00:00", fraction = "", zone = "Z"] = found
  const seconds = time.length === 5 ? `${time}:00` : time
  const millis = fraction === "" ? "" : `.${fraction.slice(1, 4)}`
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase()
  const at = Date.parse(`${date}T${seconds}${millis}${offset}`)
  return Number.isNaN(at) || at < 0 || at >= LATEST ? null : at
}

/** Whether a time has no zone, and is therefore read as UTC. */
export const lacksZone = (text: string): boolean => {
  const found = ISO.exec(text.trim())
  return found !== null && found[4] === undefined
}
