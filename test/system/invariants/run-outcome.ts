/** What a run came to, in a form that can be compared with another run over the same entries. */

import { type Driver, findingsOf, keyOf } from "@assay/testkit/driver"
import type { AuditEvent } from "@assay/trust"
import { expect } from "vitest"

/** Everything that a run came to, but for what names its own batches (the roots of rejected batches). */
export interface RunOutcome {
  readonly findings: ReadonlyMap<string, string>
  readonly events: ReadonlyArray<string>
  readonly released: ReadonlyArray<string>
}

const byId = (a: AuditEvent, b: AuditEvent): number =>
  a.origin.partition - b.origin.partition || a.origin.offset - b.origin.offset || a.index - b.index

export const outcomeOfRun = async (driver: Driver): Promise<RunOutcome> => {
  const all = await driver.audit()
  // Origin and number name a leaf of the transparency log: no two events share them.
  const ids = all.map(({ origin, index }) => `${keyOf(origin)}#${index}`)
  expect(ids.length - new Set(ids).size).toBe(0)
  const events = all.filter(({ kind }) => kind !== "rejected-batch")
  const released = (await driver.decisions("annotated")).filter(({ decision }) => decision!.kind !== "original")
  return {
    findings: findingsOf(driver.decided),
    events: [...events].sort(byId).map((event) => JSON.stringify(event)),
    released: released.map((message) => JSON.stringify(message)).sort(),
  }
}

/** Where two outcomes first differ; a diff of all would help nobody. */
const firstDifference = (found: ReadonlyArray<string>, expected: ReadonlyArray<string>) => {
  for (let n = 0; n < Math.max(found.length, expected.length); n++)
    if (found[n] !== expected[n]) return { n, found: found[n] ?? "nothing", expected: expected[n] ?? "nothing" }
  return null
}

/** The driver's run came to the same. */
export const expectSameOutcome = async (driver: Driver, expected: RunOutcome): Promise<void> => {
  const again = await outcomeOfRun(driver)
  expect(firstDifference([...again.findings.values()].sort(), [...expected.findings.values()].sort())).toBeNull()
  expect(firstDifference(again.events, expected.events)).toBeNull()
  expect(firstDifference(again.released, expected.released)).toBeNull()
}
