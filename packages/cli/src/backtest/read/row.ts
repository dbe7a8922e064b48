/** A reading of the file, and what is no reading. */

/** What a reading holds: a number, true or false, or a text. */
export type Value = number | boolean | string

export interface Row {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly device: string
  readonly name: string
  readonly value: Value
  /** As the file says it, or null where it says nothing. */
  readonly label: string | null
  /** Of the file, from 1. */
  readonly line: number
}

/** Why a line is no reading: a stable code, and a sentence that says what to change. */
export const BAD_LINES = {
  "backtest.not_json": "The line is no JSON object: write one object on each line",
  "backtest.columns": "The line has another number of columns than the header: quote what contains a comma",
  "backtest.quotes": "A quote is never closed: quotes begin and end a cell, and stand doubled within one",
  "backtest.no_time": "There is no time: give it in ISO 8601, or as seconds or milliseconds since 1970",
  "backtest.bad_time": "The time is not understood: give it in ISO 8601, or as seconds or milliseconds since 1970",
  "backtest.no_device": "There is no device: name the machine that it came from",
  "backtest.no_name": "There is no name: say what was measured",
  "backtest.no_value": "There is no value: leave the line out where nothing was measured",
  "backtest.bad_value": "The value is no number that a message can carry: NaN and infinity do not exist in SenML",
  "backtest.too_long": "The line is longer than 64 KiB",
  "backtest.too_many_devices": "There are more devices than a backtest takes: 100,000; split the file",
  "backtest.too_many_names": "A device has more measurements at one time than one message takes: 512; split them",
} as const
export type BadCode = keyof typeof BAD_LINES

export interface BadLine {
  readonly line: number
  readonly reason: BadCode
  /** What stands there, shortened. */
  readonly text: string
}

export type Read = { readonly row: Row } | { readonly bad: BadLine }

const SHOWN = 80

export const badLine = (line: number, reason: BadCode, text: string): { readonly bad: BadLine } => ({
  bad: { line, reason, text: text.length > SHOWN ? `${text.slice(0, SHOWN)} ...` : text },
})
