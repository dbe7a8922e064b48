/** Times as oneM2M writes them, in UTC: `20261123T080938,693` (`m2m:timestamp`, TS-0004, clause 6.3.3). */

const FORM = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(?:,(\d{1,6}))?$/

/** @returns milliseconds since 1970, with a fraction; NaN where it is no such time */
export const readTimestamp = (text: string): number => {
  const [whole, year, month, day, hour, minute, second, fraction = ""] = FORM.exec(text) ?? []
  if (whole === undefined) return Number.NaN
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`)
  return at + Number(fraction.padEnd(6, "0")) / 1_000
}

/** @param at milliseconds since 1970 */
export const writeTimestamp = (at: number): string =>
  new Date(Math.floor(at)).toISOString().replaceAll(/[-:Z]/g, "").replace(".", ",")
