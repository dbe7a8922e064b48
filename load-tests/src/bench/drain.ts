/** How long a house takes to decide what has piled up, from standing start: its throughput, with nobody sending beside it. */
import { type Process, type Spent, startCounting } from "./cpu.ts"
import { fillWith, type Target } from "./target.ts"
import type { Message } from "./workload.ts"

export interface Drain {
  readonly messages: number
  readonly seconds: number
  readonly perSecond: number
  /** Microseconds of CPU for one message, by process. */
  readonly cpuUs: Spent
}

export const drainOf = (messages: number, seconds: number, spent: Spent): Drain => ({
  messages,
  seconds,
  perSecond: messages / seconds,
  cpuUs: Object.fromEntries(Object.entries(spent).map(([name, us]) => [name, us === null ? null : us / messages])),
})

/** @param others beside the target's own processes: the broker's */
export const measureDrain = async (
  target: Target,
  messages: ReadonlyArray<Message>,
  others: ReadonlyArray<Process> = [],
): Promise<Drain> => {
  let told: (() => Spent) | null = null
  const started = await target.standing(async (send) => {
    await fillWith(send, messages)
    told = startCounting([...target.processes, ...others])
  })
  const ended = await target.settled()
  return drainOf(messages.length, (ended - started) / 1000, told === null ? {} : (told as () => Spent)())
}

/** The one in the middle by throughput: a neighbour's burst of work spoils one round, not the figure. */
export const medianOf = (drains: ReadonlyArray<Drain>): Drain =>
  [...drains].sort((a, b) => a.perSecond - b.perSecond)[(drains.length - 1) >> 1]!
