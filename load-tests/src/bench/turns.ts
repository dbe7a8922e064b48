/**
 * How often one core does each of several things in a second of CPU. They take turns, one after the other, so that what else the machine
 * does meets all of them alike; the median counts, and the least is said too.
 */
import { table } from "@assay/cli/output"
import type { Command } from "@assay/infra/local"
import { describeMachine, machineLine } from "../machine.ts"
import { median } from "../median.ts"

/** Before anything is measured: how often each is done. */
const WARM_UP = 50

export interface Case {
  readonly name: string
  /** @throws Error where it comes to nothing: then nothing was measured */
  readonly work: () => void
}

export interface Rate {
  readonly name: string
  /** In a second of CPU. */
  readonly medianPerSecond: number
  readonly leastPerSecond: number
}

interface Turn {
  readonly count: number
  readonly cpuUs: number
}

const turnOf = ({ work }: Case, ms: number): Turn => {
  const before = process.cpuUsage()
  const until = performance.now() + ms
  let count = 0
  do {
    work()
    count += 1
  } while (performance.now() < until)
  const { user, system } = process.cpuUsage(before)
  return { count, cpuUs: user + system }
}

const rateOf = ({ count, cpuUs }: Turn): number => count / (cpuUs / 1e6)

const measure = (cases: ReadonlyArray<Case>, rounds: number, ms: number): ReadonlyArray<Rate> => {
  for (const { work } of cases) for (let n = 0; n < WARM_UP; n++) work()
  const turns = cases.map((): Array<number> => [])
  for (let n = 0; n < rounds; n++) for (const [at, one] of cases.entries()) turns[at]!.push(rateOf(turnOf(one, ms)))
  return cases.map(({ name }, at) => ({
    name,
    medianPerSecond: Math.round(median(turns[at]!)),
    leastPerSecond: Math.round(Math.min(...turns[at]!)),
  }))
}

/** A program that measures these. @param casesOf makes them when the program is run */
export const benchOfTurns = (
  { name, summary }: Pick<Command, "name" | "summary">,
  casesOf: () => ReadonlyArray<Case> | Promise<ReadonlyArray<Case>>,
): Command => ({
  name,
  summary,
  options: {
    rounds: { type: "string", value: "N", default: "10", help: "turns of each kind; the median counts" },
    turn: { type: "string", value: "MS", default: "200", help: "milliseconds of one turn" },
  },
  async run(given) {
    const [rounds, ms] = [given.whole("rounds", 1, 10_000), given.whole("turn", 1, 60_000)]
    const machine = describeMachine(null)
    const results = measure(await casesOf(), rounds, ms)
    const rows = results.map(({ name: one, medianPerSecond, leastPerSecond }) => [
      one,
      medianPerSecond.toLocaleString("en"),
      leastPerSecond.toLocaleString("en"),
    ])
    return {
      value: { machine, rounds, turnMs: ms, results },
      lines: [machineLine(machine), table(["in a second of CPU", "median", "least"], rows, [1, 2])],
    }
  },
})
