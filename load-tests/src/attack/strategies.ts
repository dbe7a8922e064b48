/** The ways of a carrier, each by itself, and a mixture of them. */
import type { Random } from "@assay/fleet"
import { type Delivery, onTime, type Seen, type Strategy, WINDOW_PLACES } from "./carrier.ts"
import type { Sent } from "./devices.ts"

/** The same once more, later. */
const again = (sent: Sent, at: number, key = sent.device): Delivery => ({ sent, at: Math.max(at, sent.at), key })

const endOf = ({ sent }: Seen): number => sent.at(-1)!.at

/** Runs of the list, each of 1 to `most`, cut at random. */
const runsOf = <T>(all: ReadonlyArray<T>, most: number, random: Random): ReadonlyArray<ReadonlyArray<T>> => {
  const runs: Array<ReadonlyArray<T>> = []
  for (let from = 0; from < all.length; ) {
    const length = 1 + random.below(most)
    runs.push(all.slice(from, from + length))
    from += length
  }
  return runs
}

/** All at the end of the run, in the order given: held back, then handed over at once. */
const atOnce = (run: ReadonlyArray<Sent>, order: ReadonlyArray<Sent> = run): ReadonlyArray<Delivery> =>
  order.map((sent) => ({ ...onTime(sent), at: run.at(-1)!.at }))

/** What fits into a minute and into the window may be shuffled. */
const MINUTE_MS = 60_000
const windowsOf = (sent: ReadonlyArray<Sent>): ReadonlyArray<ReadonlyArray<Sent>> => {
  const windows: Array<Array<Sent>> = []
  for (const one of sent) {
    const open = windows.at(-1)
    if (open === undefined || open.length > WINDOW_PLACES || one.at - open[0]!.at >= MINUTE_MS) windows.push([one])
    else open.push(one)
  }
  return windows
}

/** Copies of one message, at once: above what any device may send. */
const MORE_THAN_A_FLOOD = 300

export const STRATEGIES: ReadonlyArray<Strategy> = [
  {
    name: "burst-replay",
    about: "hands over everything on time, and now and then all that it has seen once more",
    deliver: (seen, random) =>
      seen.sent.flatMap((sent, nth) =>
        random.next() < 0.03 || nth === seen.sent.length - 1
          ? [onTime(sent), ...seen.sent.slice(0, nth + 1).map((old) => again(old, sent.at))]
          : [onTime(sent)],
      ),
  },
  {
    name: "replay-each",
    about: "repeats each message up to four times, at once and later",
    deliver: (seen, random) =>
      seen.sent.flatMap((sent) => [
        onTime(sent),
        ...Array.from({ length: random.below(5) }, () =>
          again(sent, sent.at + (random.next() < 0.5 ? 0 : random.below(endOf(seen) - sent.at + 1))),
        ),
      ]),
  },
  {
    name: "replay-before-knowledge",
    about: "repeats, many times and before the first bundle is in force, what was said until then",
    deliver: (seen, random) =>
      seen.sent.flatMap((sent) => {
        const times = sent.at < seen.knownAt ? random.pick([0, 20, MORE_THAN_A_FLOOD]) : 0
        return [onTime(sent), ...Array.from({ length: times }, () => again(sent, sent.at))]
      }),
  },
  {
    name: "carry-over-knowledge",
    about: "repeats what was said before the first bundle once that is in force",
    deliver: (seen, random) =>
      seen.sent.flatMap((sent) =>
        sent.at < seen.knownAt ? [onTime(sent), again(sent, seen.knownAt + random.below(60_000))] : [onTime(sent)],
      ),
  },
  {
    name: "replay-after-restart",
    about: "repeats everything after each restart of the node",
    deliver: (seen) => [
      ...seen.sent.map(onTime),
      ...seen.restarts.flatMap((at) => seen.sent.filter((sent) => sent.at < at).map((sent) => again(sent, at))),
    ],
  },
  {
    name: "misroute",
    about: "repeats messages, and also hands them over first, under the routing keys of others",
    deliver: (seen, random) =>
      seen.sent.flatMap((sent) => {
        const copies = Array.from({ length: random.below(4) }, () => again(sent, sent.at, random.pick(seen.keys)))
        return random.next() < 0.5 ? [onTime(sent), ...copies] : [...copies, onTime(sent)]
      }),
  },
  {
    name: "shuffle-in-window",
    about: "hands over up to 16 messages of one minute in any order",
    deliver: ({ sent }, random) => windowsOf(sent).flatMap((window) => atOnce(window, random.shuffled(window))),
  },
  {
    name: "reverse-in-window",
    about: "hands over up to 16 messages of one minute in reverse",
    deliver: ({ sent }) => windowsOf(sent).flatMap((window) => atOnce(window, window.toReversed())),
  },
  {
    name: "reverse",
    about: "keeps up to 80 messages and hands them over in reverse",
    deliver: ({ sent }, random) => runsOf(sent, 80, random).flatMap((run) => atOnce(run, run.toReversed())),
  },
  {
    name: "delay",
    about: "keeps single messages for up to two hours",
    deliver: ({ sent }, random) =>
      sent.map((one) => ({
        ...onTime(one),
        at: one.at + (random.next() < 0.2 ? random.below(random.next() < 0.5 ? 60_000 : 7_200_000) : 0),
      })),
  },
  {
    name: "store-and-burst",
    about: "keeps up to 400 messages and hands them over at once, in order",
    deliver: ({ sent }, random) => runsOf(sent, 400, random).flatMap((run) => atOnce(run)),
  },
  {
    name: "drop-singles",
    about: "drops one message of ten",
    deliver: ({ sent }, random) => sent.filter(() => random.next() >= 0.1).map(onTime),
  },
  {
    name: "drop-runs",
    about: "drops up to 80 messages in a row, now and then",
    deliver: ({ sent }, random) =>
      runsOf(sent, 80, random).flatMap((run) => (random.next() < 0.4 ? [] : run.map(onTime))),
  },
]

/** What `mixture` does with a run of messages. */
const STEPS: ReadonlyArray<(run: ReadonlyArray<Sent>, seen: Seen, random: Random) => ReadonlyArray<Delivery>> = [
  (run) => run.map(onTime),
  (run, seen, random) =>
    run.flatMap((sent) => [onTime(sent), again(sent, sent.at + random.below(endOf(seen) - sent.at + 1))]),
  (run, _seen, random) => atOnce(run, random.shuffled(run)),
  (run) => atOnce(run, run.toReversed()),
  (run) => atOnce(run),
  (run, _seen, random) => run.map((sent) => ({ ...onTime(sent), at: sent.at + random.below(7_200_000) })),
  (run, _seen, random) => run.filter(() => random.next() < 0.5).map(onTime),
  () => [],
  (run, seen, random) => run.flatMap((sent) => [again(sent, sent.at, random.pick(seen.keys)), onTime(sent)]),
]

export const MIXTURE: Strategy = {
  name: "mixture",
  about: "does something else with each run of up to 30 messages",
  deliver: (seen, random) => runsOf(seen.sent, 30, random).flatMap((run) => random.pick(STEPS)(run, seen, random)),
}
