/** The open loop: messages go out at times that were set beforehand, whatever the pipeline makes of the ones before. */
import { setTimeout as sleep } from "node:timers/promises"
import { randomOf } from "@assay/fleet"
import { type Matcher, Step } from "./latency.ts"
import type { Message } from "./workload.ts"

/** Where a message went on `submitted`. */
export interface Place {
  readonly partition: number
  readonly offset: number
}

/** Sends messages in order; resolves with their places when they are durable. */
export type Send = (messages: ReadonlyArray<Message>) => Promise<ReadonlyArray<Place>>

export interface LoadOptions {
  readonly send: Send
  readonly matcher: Matcher
  /** Messages per second. */
  readonly rate: number
  /** When each is due, as shares of the whole time, ascending; left out: evenly. */
  readonly due?: ReadonlyArray<number>
  /** Of the beginning: sent as the rest, and not measured. */
  readonly warmUpSeconds: number
  /** How long to wait for decisions after the last message was due; above, the step counts as diverged. */
  readonly patienceSeconds: number
  /** An open loop above what the pipeline can do piles up without end: the step ends early there. */
  readonly maxOpen: number
}

export interface LoadResult {
  readonly step: Step
  /** Messages per second that were decided while the load lasted, warm-up left out. */
  readonly decidedPerSecond: number
  /** Sent and not decided at the middle and at the end of the measured time. */
  readonly backlog: { readonly middle: number; readonly end: number }
  /** Milliseconds from being due to being sent, of all messages: how late the sender was. */
  readonly late: ReadonlyArray<number>
  /** False where messages were still undecided when patience was over, or too many were open. */
  readonly finished: boolean
}

/** So many arrivals that know nothing of each other, as those of a fleet do not (a Poisson process of which their number is given). */
export const independentArrivals = (count: number, seed: string): ReadonlyArray<number> => {
  const random = randomOf(seed)
  return Array.from({ length: count }, () => random.next()).sort((a, b) => a - b)
}

/** Between two looks at what is due. */
export const PACE_MS = 2

export const runLoad = async (messages: ReadonlyArray<Message>, options: LoadOptions): Promise<LoadResult> => {
  const { send, matcher, rate, due, warmUpSeconds, patienceSeconds, maxOpen } = options
  const step = new Step()
  const sending: Array<Promise<void>> = []
  const late: Array<number> = []
  let failure: { readonly cause: unknown } | null = null
  const started = performance.now()
  const whole = (messages.length * 1000) / rate
  const dueAt = (nth: number): number => started + whole * (due?.[nth] ?? nth / messages.length)
  const measuredFrom = started + warmUpSeconds * 1000
  const end = started + whole
  const middle = (measuredFrom + end) / 2
  let decidedBefore: number | null = null
  let backlogMiddle: number | null = null
  matcher.expect(true)

  const sendOut = async (from: number, to: number): Promise<void> => {
    const part = messages.slice(from, to)
    const places = await send(part)
    places.forEach(({ partition, offset }, nth) => {
      const due = dueAt(from + nth)
      matcher.sent(partition, offset, due, step, due >= measuredFrom)
    })
  }

  for (let next = 0; next < messages.length && failure === null && step.open <= maxOpen; ) {
    const now = performance.now()
    if (decidedBefore === null && now >= measuredFrom) decidedBefore = step.decided
    if (backlogMiddle === null && now >= middle) backlogMiddle = step.open
    const from = next
    while (next < messages.length && dueAt(next) <= now) next++
    for (let nth = from; nth < next; nth++) late.push(now - dueAt(nth))
    if (next > from) {
      step.sent += next - from
      sending.push(
        sendOut(from, next).catch((cause) => {
          failure ??= { cause }
        }),
      )
    }
    await sleep(PACE_MS)
  }
  const stopped = performance.now()
  const backlogEnd = step.open
  const decided = step.decided - (decidedBefore ?? 0)
  await Promise.all(sending)
  if (failure !== null) throw (failure as { cause: unknown }).cause
  const deadline = performance.now() + patienceSeconds * 1000
  while (step.open > 0 && performance.now() < deadline) await sleep(PACE_MS)
  const finished = step.open === 0 && step.sent === messages.length
  matcher.expect(false)
  return {
    step,
    decidedPerSecond: decided / Math.max(0.001, (stopped - measuredFrom) / 1000),
    backlog: { middle: backlogMiddle ?? backlogEnd, end: backlogEnd },
    late,
    finished,
  }
}
