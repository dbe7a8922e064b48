/** The guarantees of `port.ts` as tests that any engine must pass. For test files only: it needs vitest. */
import { afterEach, beforeEach, describe } from "vitest"
import type { Log } from "../port.ts"
import { beside } from "./cells-and-partitions.ts"
import { reading } from "./reading.ts"
import { writing } from "./writing.ts"

export { readAll } from "./subject.ts"

/** A log under test. It must have at least two partitions. */
export interface LogUnderTest {
  readonly log: Log
  /** Closes the log and opens it again on the same data. */
  readonly reopen: () => Promise<Log>
  /** Closes the last opened log and deletes the data. */
  readonly destroy: () => Promise<void>
}

/** Declares the contract's tests; `open` is called before each of them. */
export const logContract = (name: string, open: () => Promise<LogUnderTest>): void => {
  describe(`${name} keeps the contract of a log`, () => {
    let under: LogUnderTest
    let log: Log
    beforeEach(async () => {
      under = await open()
      log = under.log
    })
    afterEach(() => under.destroy())

    const subject = {
      get log() {
        return log
      },
      reopen: async () => {
        log = await under.reopen()
      },
      commit: (group: string, from: number, next: number, records: Parameters<Log["append"]>[1]) =>
        log.commit(0, { group, stream: "in", from, next, outputs: [{ stream: "out", records }] }),
    }
    writing(subject)
    reading(subject)
    beside(subject)
  })
}
