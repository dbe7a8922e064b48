/** Hands in a revocation: its command, and then its list, part by part. */
import { setTimeout as delay } from "node:timers/promises"
import type { Log } from "@assay/log"
import type { Arguments } from "../command.ts"
import { sendCommand } from "../operator-command.ts"
import type { Judged } from "../outcome.ts"
import type { Output } from "../output.ts"
import { revocationsIn } from "../trust/states.ts"
import type { Parts } from "./parts.ts"
import { sameIn, type Target } from "./target.ts"

/** How long all partitions may take to come to the command. */
const SETTLED_MS = 60_000
const LOOK_MS = 250
/** Between two lines on how far it is. */
const SAY_MS = 1_000

/** Whether the command was judged in this partition. */
export const isBegun = async (log: Log, partition: number, target: Target, from: number): Promise<boolean> =>
  sameIn(await revocationsIn(log, partition), target, from).length > 0

/** Waits until it counts no more in any partition. @throws Error where one does not come to it */
export const untilBegun = async (log: Log, target: Target, from: number): Promise<void> => {
  const until = Date.now() + SETTLED_MS
  for (let partition = 0; partition < log.partitions; partition++)
    while (!(await isBegun(log, partition, target, from))) {
      if (Date.now() > until)
        throw new Error(
          `partition ${partition} has not come to the command yet: call assay revoke again when it has (assay status)`,
        )
      await delay(LOOK_MS)
    }
}

/** A part that the node did not take. */
export class PartRefused extends Error {
  override name = "PartRefused"
  readonly judged: Judged

  constructor(judged: Judged, partition: number) {
    super(
      `a part of the list was not taken in partition ${partition}: call assay revoke again, it goes on with what is left`,
    )
    this.judged = judged
  }
}

const sendPart = async (given: Arguments, elements: ReadonlyArray<string>, partition: number): Promise<void> => {
  const judged = await sendCommand(given, elements)
  if (judged.accepted !== true) throw new PartRefused(judged, partition)
}

/** In each partition one after the other, and all partitions beside each other; the totals last. */
export const sendParts = async (
  given: Arguments,
  tokens: ReadonlyArray<string>,
  { openings, home }: Parts,
  output: Output,
): Promise<void> => {
  const count = openings.reduce((sum, all) => sum + all.length, 0)
  let sent = 0
  let said = 0
  const send = async (opening: string, partition: number): Promise<void> => {
    await sendPart(given, [...tokens, opening], partition)
    sent += 1
    if (Date.now() - said < SAY_MS) return
    said = Date.now()
    output.progress(`${sent} of ${count} parts`)
  }
  await Promise.all(
    openings.map(async (all, partition) => {
      for (const opening of partition === home ? all.slice(0, -1) : all) await send(opening, partition)
    }),
  )
  const last = openings[home]?.at(-1)
  if (last !== undefined) await send(last, home)
}
