import { expect, it } from "vitest"
import { problemTeller } from "../../src/anchor/problems.ts"

it("a problem is said when it begins and after ten minutes, though its numbers change, and each log is another one", () => {
  const lines: Array<string> = []
  const clock = { ms: 0 }
  const tell = problemTeller(
    (line) => lines.push(line),
    () => clock.ms,
  )
  const round = (seconds: number, problems: ReadonlyArray<string>, place: string | null): ReadonlyArray<string> => {
    clock.ms = seconds * 1_000
    const problem = place === null ? null : { text: place, refused: false }
    const status = { confirmed: 0, confirmedAt: null, pending: null, transactions: null, unanchoredSince: null }
    tell({ problems, anchors: [{ name: "evm-1-0xab", ...status, problem }] })
    return lines.splice(0)
  }
  const forked = (partition: number, shown: number): string =>
    `log/${partition}/1: it shows ${shown} leaves, and 9 are anchored`
  const dear = (gwei: string): string => `gas costs ${gwei} gwei, and at most 50.0 may be paid: it waits`
  expect(round(0, [forked(0, 3), forked(1, 3)], dear("61.5"))).toEqual([
    `ALARM: ${forked(0, 3)}`,
    `ALARM: ${forked(1, 3)}`,
    `ALARM: evm-1-0xab: ${dear("61.5")}`,
  ])
  expect(round(5, [forked(0, 4), forked(1, 5)], dear("1.04e+3"))).toEqual([])
  expect(round(600, [forked(1, 6)], dear("70.0"))).toEqual([
    `ALARM: ${forked(1, 6)}`,
    `ALARM: evm-1-0xab: ${dear("70.0")}`,
  ])
  expect(round(605, [forked(0, 7)], null)).toEqual([`ALARM: ${forked(0, 7)}`])
  expect(round(610, [], dear("51.0"))).toEqual([`ALARM: evm-1-0xab: ${dear("51.0")}`])
})
