/** A labelled series to measure detection with. */
import type { Pack } from "../stage-only.ts"

export interface Row {
  /** Milliseconds since 1970. A file that names no zone is read as UTC. */
  readonly at: number
  readonly pack: Pack
}

/** First and last row of what is anomalous, inclusive. */
export interface Window {
  readonly from: number
  readonly to: number
}

export interface Series {
  /** Folder and file, for tables. */
  readonly name: string
  readonly rows: ReadonlyArray<Row>
  readonly windows: ReadonlyArray<Window>
}

const DAY_MS = 86_400_000

/** What the series spans, in days. */
export const daysOf = ({ rows }: Series): number => (rows.length < 2 ? 0 : (rows.at(-1)!.at - rows[0]!.at) / DAY_MS)

/** `2014-04-01 00:05:00` without a zone, or with fractions, as UTC. @throws Error that names what it is not */
export const timeOf = (text: string): number => {
  const at = Date.parse(
    `${text
      .trim()
      .replace(" ", "T")
      .replace(/(\.\d{3})\d+$/, "$1")}Z`,
  )
  if (Number.isNaN(at)) throw new Error(`${JSON.stringify(text)} is no time`)
  return at
}
