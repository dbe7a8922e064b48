/**
 * An epoch of the log that goes on from another, with more partitions. Each step may end in the middle and be repeated: what
 * it has done is in the two logs themselves, and says what is left.
 *
 *   the former log drained and sealed > signed heads compared > former log ended, its judges fenced > next log made > states and
 *   knowledge moved, partition by partition > first entry, and what came too late, carried over > next log filled
 *
 * Devices may go on sending all the while. Who takes their messages sees the end at the next look (`guardEpoch` of @assay/node), and
 * what was acknowledged before that is carried over.
 */
import { setTimeout as delay } from "node:timers/promises"
import {
  type Carried,
  type Drained,
  drainedAt,
  ENDED_UNSEEN_MS,
  type FirstEntry,
  fenceJudges,
  type Groups,
  judgedAt,
  judgingGroups,
  type LogPlace,
  linkAndCarry,
  moveKnowledge,
  moveStates,
  parentOf,
  readFilling,
  readNext,
  withdrawNext,
  writeFenced,
  writeFilling,
  writeNext,
} from "@assay/engine"
import { SEALER_GROUP, sealedHead } from "@assay/integrity-hasher/sealer"
import type { Epoch } from "@assay/knowledge"
import { type Log, LogSetupError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { logName } from "@assay/trust"

/** What was done, for progress; a test ends in it. */
export type GrowStep =
  | { readonly step: "checked" | "ended" | "made" | "filled" }
  | { readonly step: "moved" | "carried"; readonly partition: number }

export interface GrowOptions {
  /** The former log, which nobody else works on. */
  readonly from: Log
  /** Where it is, for who reads it later: the passport issuer. */
  readonly place: LogPlace
  /** Makes the next log, or opens it where it is there. */
  readonly make: () => Promise<Log>
  /** Where it is, for people: a prefix, or a directory. */
  readonly where: string
  /** All that may have judged the former log. */
  readonly groups: Groups
  /** The signed item, as it is activated, and what it says. */
  readonly item: { readonly body: Uint8Array; readonly hash: string; readonly epoch: Epoch }
  readonly onStep?: (step: GrowStep) => void | Promise<void>
}

export interface Grown extends Carried {
  /** States of devices and of partitions that were moved by this call, over all groups. */
  readonly moved: number
}

/** In the partition of the next log: its states are there. */
const MOVED_CELL = "epoch.moved"
const MOVED = Buffer.from("1")

/** The checkpoint over all of a partition's audit events; or why there is none yet. */
const finalHead = async (log: Log, partition: number): Promise<string | { readonly waits: string }> => {
  const head = await sealedHead(log, partition)
  const at = { stream: STREAMS.audit, partition }
  if (head === null) return { waits: `nothing of ${at.stream}/${partition} was ever sealed` }
  const position = await log.position(SEALER_GROUP, at)
  if ((await log.read(at, position, 1, 1)).length > 0)
    return { waits: `${at.stream}/${partition} is not sealed from offset ${position} on` }
  return head.note
}

/** Something of the log is not judged or not sealed yet: the message says what, and what to do. */
class NotAtItsEnd extends LogSetupError {}

/** Where each partition ends. @throws NotAtItsEnd */
const endOf = async (
  log: Log,
  groups: Groups,
  partitions: number,
  drained: (log: Log, groups: Groups, partition: number) => Promise<Drained>,
): Promise<Epoch> => {
  const waits: Array<string> = []
  const heads: Array<Epoch["previous"]["heads"][number]> = []
  for (let partition = 0; partition < log.partitions; partition++) {
    const judged = await drained(log, groups, partition)
    const head = await finalHead(log, partition)
    if (judged.waits !== null) waits.push(judged.waits)
    if (typeof head !== "string") waits.push(head.waits)
    else heads.push({ partition, next: judged.next, checkpoint: head })
  }
  if (waits.length > 0)
    throw new NotAtItsEnd(
      `epoch ${log.epoch} is not at its end: ${waits.slice(0, 8).join("; ")}. Let its services run until nothing waits, stop them, and plan again`,
    )
  return { version: log.epoch + 1, partitions, previous: { log: logName(log), heads } }
}

/**
 * What the roots sign: where the next epoch begins.
 * @param partitions a multiple of the log's
 * @throws LogSetupError that says what waits: then run the node until nothing does
 */
export const planEpoch = async (log: Log, groups: Groups, partitions: number): Promise<Epoch> => {
  if (partitions % log.partitions !== 0)
    throw new LogSetupError(
      `${partitions} is no multiple of the log's ${log.partitions} partitions: take ${log.partitions * 2}, or another multiple`,
    )
  return endOf(log, groups, partitions, drainedAt)
}

const textOf = ({ version, partitions, previous }: Epoch): string =>
  JSON.stringify([
    version,
    partitions,
    previous.log,
    previous.heads.map(({ partition, next, checkpoint }) => [partition, next, checkpoint]),
  ])

const checkNext = (to: Log, { from, item }: GrowOptions): void => {
  const { version, partitions } = item.epoch
  if (to.epoch !== version || to.partitions !== partitions || to.genesis !== from.genesis)
    throw new LogSetupError(
      `the log there is of epoch ${to.epoch} with ${to.partitions} partitions, begun at ${to.genesis}: wanted is epoch ${version} with ${partitions}, begun at ${from.genesis}. Choose another place`,
    )
}

const isAtItsEnd = async ({ from, groups, item }: GrowOptions): Promise<boolean> => {
  try {
    // What else was submitted meanwhile is counted when it is left behind.
    return textOf(await endOf(from, groups, item.epoch.partitions, judgedAt)) === textOf(item.epoch)
  } catch (cause) {
    if (cause instanceof NotAtItsEnd) return false
    throw cause
  }
}

/**
 * From here on nobody judges the log, nor takes a message for it: whoever slept is fenced, or sees the cell.
 * @throws LogSetupError where a process judged on before it was fenced. Then the log is not ended
 */
const fence = async (options: GrowOptions): Promise<void> => {
  const { from, groups, item, where } = options
  const next = { epoch: item.epoch.version, to: where }
  await fenceJudges(from, groups)
  if (await isAtItsEnd(options)) {
    if (await writeFenced(from, next)) return
  } else if (await withdrawNext(from, next))
    throw new LogSetupError(
      "a process judged or sealed on while the log was ended, so it goes on as before: stop all its services, plan again, and have that signed",
    )
  throw new LogSetupError("the log was ended by another call: run this again")
}

const HELD_LOOKS = 60
const HELD_PAUSE_MS = 1_000

/** Behind it everything that was acknowledged can be read. @throws LogSetupError where a foreign transaction stays open */
const settle = async (from: Log, endedAt: number): Promise<void> => {
  if (!from.traits.shared) return
  await delay(Math.max(0, endedAt + 2 * ENDED_UNSEEN_MS - performance.now()))
  for (let partition = 0; partition < from.partitions; partition++) {
    const at = { stream: STREAMS.submitted, partition }
    for (let looks = 0; ((await from.heldBack?.(at)) ?? 0) > 0; looks++) {
      if (looks === HELD_LOOKS)
        throw new LogSetupError(
          `an open transaction holds back what was submitted to ${at.stream}/${partition}: end it (kafka-transactions --abort), and run this again`,
        )
      await delay(HELD_PAUSE_MS)
    }
  }
}

const move = async ({ from, groups, onStep }: GrowOptions, to: Log, partition: number): Promise<number> => {
  if ((await to.cells.get(partition, MOVED_CELL)) !== null) return 0
  let moved = 0
  for (const group of await judgingGroups(from, groups, parentOf(partition, from)))
    moved += await moveStates(from, to, group(), partition)
  await moveKnowledge(from, to, partition)
  if (!(await to.cells.swap(partition, MOVED_CELL, null, MOVED)))
    throw new LogSetupError("another process fills the log: let one of them end, and run this again")
  await onStep?.({ step: "moved", partition })
  return moved
}

/**
 * Ends the former log and fills the next one. Called again on a log that is filled, it only carries over what was submitted to the
 * former one since.
 * @throws LogSetupError where the signed heads are not those of the log, or something else lies at the next log's place
 */
export const grow = async (options: GrowOptions): Promise<Grown> => {
  const { from, place, make, where, groups, item, onStep } = options
  const { epoch, hash, body } = item
  const next = { epoch: epoch.version, to: where }
  if (epoch.previous.log !== logName(from))
    throw new LogSetupError(`the item goes on from ${epoch.previous.log}, and this log is ${logName(from)}`)
  const ended = await readNext(from)
  if (ended !== null && (ended.epoch !== next.epoch || ended.to !== next.to))
    throw new LogSetupError(`the log was ended already: epoch ${ended.epoch} goes on from it at ${ended.to}`)
  if (ended === null && textOf(await planEpoch(from, groups, epoch.partitions)) !== textOf(epoch))
    throw new LogSetupError(
      "the log is not where the signed item says: it was judged or sealed on since. Plan again, and have that signed",
    )
  await onStep?.({ step: "checked" })
  if (!(await writeNext(from, next))) throw new LogSetupError("the log was ended by another call: run this again")
  const endedAt = performance.now()
  await onStep?.({ step: "ended" })
  if (ended?.isFenced !== true) await fence(options)

  const to = await make()
  try {
    checkNext(to, options)
    const there = await readFilling(to)
    const filling = there ?? { from: epoch.previous.log, item: hash, filled: false, place }
    if (there !== null && (there.item !== hash || there.from !== epoch.previous.log))
      throw new LogSetupError(
        `the log there goes on from ${there.from} by the item ${there.item}: choose another place`,
      )
    if (there === null && !(await writeFilling(to, null, filling)))
      throw new LogSetupError("another process fills the log: let one of them end, and run this again")
    await onStep?.({ step: "made" })

    const isFilled = there?.filled === true
    const first: FirstEntry = { item: "epoch", hash, body }
    let [moved, messages, left] = [0, 0, 0]
    for (let partition = 0; !isFilled && partition < to.partitions; partition++)
      moved += await move(options, to, partition)
    await settle(from, endedAt)
    for (let partition = 0; partition < to.partitions; partition++) {
      const parent = parentOf(partition, from)
      const carried = await linkAndCarry(from, to, partition, epoch.previous.heads[parent]!.next, first)
      messages += carried.messages
      // Each partition that goes on from one looks at the same records.
      if (partition === parent) left += carried.left
      await onStep?.({ step: "carried", partition })
    }
    if (!isFilled && !(await writeFilling(to, filling, { ...filling, filled: true })))
      throw new LogSetupError("another process filled the log: run this again")
    await onStep?.({ step: "filled" })
    return { moved, messages, left }
  } finally {
    await to.close()
  }
}
