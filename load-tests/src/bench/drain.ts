/** How long a node takes to decide what has piled up, from standing start: its throughput, with nobody sending beside it. */
import { sumOfTimes, type ThreadTimes, threadTimes, usPerMessage } from "@assay/cli/bench"
import { type Process, type Spent, startCounting } from "./cpu.ts"
import { DecidedMessages, type Outcomes } from "./decided.ts"
import type { Place } from "./schedule.ts"
import { fillWith, type Target } from "./target.ts"
import type { Message } from "./workload.ts"

export interface Drain {
  readonly messages: number
  readonly seconds: number
  readonly perSecond: number
  /** Microseconds of CPU for one message, by process. */
  readonly cpuUs: Spent
  /** Of the processes of Node together by kind of thread, microseconds for one message; null where the kernel does not say. */
  readonly threads: ThreadTimes | null
}

export const drainOf = (
  messages: number,
  seconds: number,
  spent: Spent,
  threads: ThreadTimes | null = null,
): Drain => ({
  threads,
  messages,
  seconds,
  perSecond: messages / seconds,
  cpuUs: Object.fromEntries(Object.entries(spent).map(([name, us]) => [name, us === null ? null : us / messages])),
})

export interface MeasuredDrain {
  readonly drain: Drain
  readonly outcomes: Outcomes
}

/**
 * The clock ends with the groups' positions; then each message's decision is looked for, which costs the measured time nothing.
 * @param others beside the target's own processes: the broker's
 * @throws where a message has no decision
 */
export const measureDrain = async (
  target: Target,
  messages: ReadonlyArray<Message>,
  others: ReadonlyArray<Process> = [],
): Promise<MeasuredDrain> => {
  let reported: (() => Spent) | null = null
  let places: ReadonlyArray<Place> = []
  const times = (): ThreadTimes | null => sumOfTimes(target.processes.map(({ pid }) => threadTimes(pid)))
  let before: ThreadTimes | null = null
  const decided = await DecidedMessages.from(target.log)
  const started = await target.standing(async (send) => {
    places = await fillWith(send, messages)
    before = times()
    reported = startCounting([...target.processes, ...others])
  })
  const ended = await target.settled()
  const spent = reported === null ? {} : (reported as () => Spent)()
  const threads = usPerMessage(before, times(), messages.length)
  const outcomes = await decided.until(target.log, places)
  return { drain: drainOf(messages.length, (ended - started) / 1000, spent, threads), outcomes }
}

/** The one in the middle by throughput: a neighbour's burst of work spoils one round, not the figure. */
export const medianOf = (drains: ReadonlyArray<Drain>): Drain =>
  [...drains].sort((a, b) => a.perSecond - b.perSecond)[(drains.length - 1) >> 1]!
