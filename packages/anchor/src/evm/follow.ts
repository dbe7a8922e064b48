/**
 * A head from its first transaction until it counts: blocks above it, reorganisations, fees that rose, a number that is stuck or
 * taken. Each function does one step and returns what holds it up, or null.
 */
import { removeFile, writeDurable } from "@assay/transparency/storage"
import type { AnchorHead } from "../anchor.ts"
import type { ChainHead, Mined } from "./chain.ts"
import { compareWithContract } from "./contract-log.ts"
import { buildEvidence, formatEvmEvidence } from "./proof/evidence.ts"
import { send } from "./send.ts"
import { evidencePath } from "./source.ts"
import { type Confirmed, MAX_SENT, type Pending, type Sent } from "./state.ts"
import { type EvmWork, gwei, type Problem } from "./work.ts"

/** Older forms whose number is used can come to be no more. */
const bounded = (pending: Pending): Pending => ({ ...pending, sent: pending.sent.slice(-MAX_SENT / 2) })

/** A reorganisation may reach below what counted: then the head is on its way again. */
export const checkConfirmed = async (work: EvmWork): Promise<void> => {
  const { confirmed, pending } = work.state
  if (confirmed === null) return
  const there = await work.chain.hashAt(BigInt(confirmed.blockNumber))
  // A node that is behind has no block there yet.
  if (there === null || there === confirmed.blockHash) return
  await removeFile(evidencePath(work.options.directory, confirmed.pending.size))
  // A newer head that is on its way covers it, but its number stands behind.
  const next = pending === null ? confirmed.pending : { ...pending, before: confirmed.pending.sent }
  await work.keep({ pending: next, confirmed: null })
  work.counted.reorganised.final += 1
  work.progress = "withdrawn: a reorganisation took its block away"
}

/** Whether it has waited for so long that it is sent with higher fees. A clock that was set back holds it up no longer. */
const hasWaited = ({ options: { now, raiseAfterMs } }: EvmWork, { at }: Sent): boolean => {
  const waited = now() - at
  return waited < 0 || waited >= raiseAfterMs
}

/** Begins the newest head, where none is on its way. @param head null where the log is empty */
export const begin = async (work: EvmWork, head: AnchorHead | null, latest: ChainHead): Promise<Problem | null> => {
  if (head === null || head.size <= (work.state.confirmed?.pending.size ?? 0)) return null
  const found = await compareWithContract(work.chain, work.options.history)
  if ("otherHistory" in found) return work.refuse(found.otherHistory)
  const pending: Pending = { size: head.size, note: head.note, begun: work.options.now(), sent: [] }
  // Anchored already, by a process whose file was lost: nothing is sent, and the evidence is made anew.
  if (found.size >= head.size) return adopt(work, pending, latest)
  return send(work, pending, latest, null)
}

/** Goes on with the head that is on its way. */
export const follow = async (work: EvmWork, pending: Pending, latest: ChainHead): Promise<Problem | null> => {
  const { chain } = work
  for (const sent of pending.sent.toReversed()) {
    const mined = await chain.mined(sent.hash)
    if (mined?.success === true) return wait(work, pending, mined, latest)
  }
  work.seenIn(null)
  const found = await compareWithContract(chain, work.options.history)
  if ("otherHistory" in found) return work.refuse(found.otherHistory)
  if (found.size >= pending.size) return adopt(work, pending, latest)
  const last = pending.sent.at(-1)
  if (last === undefined) return send(work, pending, latest, null)
  const used = await chain.used(work.account.address)
  if (used < last.nonce) return fill(work, pending, last, used, latest)
  if (used === last.nonce) return resend(work, pending, last, latest)
  // Its number was used by something else, or it was refused: the next number.
  const problem = await send(work, bounded(pending), latest, null)
  if (problem === null) work.counted.failed += 1
  return problem
}

/** A reorganisation took away what had the numbers before: the same again, or this head with the number that is free. */
const fill = async (
  work: EvmWork,
  pending: Pending,
  last: Sent,
  used: number,
  latest: ChainHead,
): Promise<Problem | null> => {
  const missing = (pending.before ?? []).filter(({ nonce }) => nonce >= used && nonce < last.nonce)
  if (missing.length === 0 || hasWaited(work, last)) return send(work, bounded(pending), latest, null)
  work.progress = `waits for transaction ${used}, which a reorganisation took away`
  for (const { hash: name, raw } of [...missing, last]) if (!(await work.chain.knows(name))) await work.chain.send(raw)
  return null
}

/** The same bytes once more, or with higher fees where they wait for too long. */
const resend = async (work: EvmWork, pending: Pending, last: Sent, latest: ChainHead): Promise<Problem | null> => {
  const { maxFeePerGas } = work.options
  const isKnown = await work.chain.knows(last.hash)
  work.progress = `waits for a block as transaction ${last.nonce}, at ${gwei(BigInt(last.maxFeePerGas))} of at most ${gwei(maxFeePerGas)} gwei`
  const isDue = hasWaited(work, last) && pending.sent.length < MAX_SENT
  const problem = isDue ? await send(work, pending, latest, last) : null
  if (isDue && problem === null) return null
  if (isKnown) return problem
  await work.chain.send(last.raw).catch((cause: unknown) => {
    // Where more cannot be offered, a node that takes this no more has the same reason, and says it less well.
    if (problem === null) throw cause
  })
  return problem
}

/** A head that the contract has, by whichever transaction. */
const adopt = async (work: EvmWork, pending: Pending, latest: ChainHead): Promise<Problem | null> => {
  const name = await work.chain.anchoring(pending.size, latest.number)
  const mined = name === null ? null : await work.chain.mined(name)
  if (mined !== null) return wait(work, pending, mined, latest)
  // A later head covers it, or it was long ago: there is nothing to send, and the next head has evidence for this one too.
  await work.keep({ pending: null })
  return null
}

/** In a block: until so many stand above it. */
const wait = async (work: EvmWork, pending: Pending, mined: Mined, latest: ChainHead): Promise<Problem | null> => {
  const { chain, counted } = work
  const { confirmations, directory, now } = work.options
  work.seenIn(mined.blockHash)
  const above = Number(latest.number - mined.blockNumber)
  work.progress = `in block ${mined.blockNumber}, with ${Math.max(above, 0)} of ${confirmations} blocks above it`
  if (work.state.pending === null) await work.keep({ pending })
  if (above < confirmations) return null
  // A node may know a receipt of a block that is no longer on the chain.
  if ((await chain.hashAt(mined.blockNumber)) !== mined.blockHash) return null
  const evidence = await buildEvidence(chain, work.chainId, mined, pending.note)
  await writeDurable(evidencePath(directory, pending.size), Buffer.from(formatEvmEvidence(evidence)))
  const at = now()
  const confirmed: Confirmed = {
    pending,
    hash: mined.hash,
    blockNumber: String(mined.blockNumber),
    blockHash: mined.blockHash,
    at,
  }
  const cost = {
    size: pending.size,
    at,
    gasUsed: String(mined.gasUsed),
    cost: String(mined.cost),
    took: at - pending.begun,
  }
  await work.keep({ pending: null, confirmed, costs: [...work.state.costs, cost] })
  counted.confirmed += 1
  counted.spent += mined.cost
  return null
}
