/**
 * What the adapter has under way: one file of JSON, `evm.json` in its directory, durable before anything is sent. Amounts are
 * decimal texts of wei. Without it nothing is lost but time: the contract says what is anchored.
 *
 *   {"format":"assay-anchor-evm/1","chain":1,"contract":"0x..","pending":null|{..},"confirmed":null|{..},"costs":[{..}]}
 */
import { join } from "node:path"
import { readOptional, writeDurable } from "@assay/transparency/storage"
import type { Hex } from "viem"
import { AnchorError } from "../error.ts"

const FORMAT = "assay-anchor-evm/1"
/** A day of one each minute. */
const MAX_COSTS = 1_440
/** Raised by an eighth each time: 64 are a factor of 1,800. */
export const MAX_SENT = 64

/** One signed form of the transaction: the same head, with other fees or another number. */
export interface Sent {
  readonly hash: Hex
  readonly raw: Hex
  readonly nonce: number
  readonly maxFeePerGas: string
  readonly maxPriorityFeePerGas: string
  /** When it was signed, milliseconds since 1970. */
  readonly at: number
}

/** A head on its way. */
export interface Pending {
  readonly size: number
  /** The signed checkpoint. */
  readonly note: string
  readonly begun: number
  /** Oldest first; any of them may come to be in a block, and one alone takes effect. */
  readonly sent: ReadonlyArray<Sent>
  /** Of an earlier head that a reorganisation took away: without them the numbers have a gap, and nothing of ours comes into a block. */
  readonly before?: ReadonlyArray<Sent>
}

/** A head with so many blocks above it as were asked for. */
export interface Confirmed {
  readonly pending: Pending
  readonly hash: Hex
  readonly blockNumber: string
  readonly blockHash: Hex
  readonly at: number
}

export interface Cost {
  readonly size: number
  readonly at: number
  readonly gasUsed: string
  /** In wei. */
  readonly cost: string
  /** Milliseconds from the beginning until it counted. */
  readonly took: number
}

export interface EvmState {
  readonly chain: number
  readonly contract: string
  readonly pending: Pending | null
  readonly confirmed: Confirmed | null
  /** Newest last. */
  readonly costs: ReadonlyArray<Cost>
}

const pathIn = (directory: string): string => join(directory, "evm.json")

/** @returns null where there is none. @throws AnchorError `state` where it cannot be read, or is of another contract */
export const readState = async (directory: string, chain: number, contract: string): Promise<EvmState | null> => {
  const state = await readAnyState(directory)
  if (state === null) return null
  if (state.chain !== chain || state.contract.toLowerCase() !== contract.toLowerCase())
    throw new AnchorError(
      "state",
      `${pathIn(directory)} is of contract ${state.contract} on chain ${state.chain}: keep a directory for each contract`,
    )
  return state
}

/** As `readState`, of whichever contract. */
export const readAnyState = async (directory: string): Promise<EvmState | null> => {
  const bytes = await readOptional(pathIn(directory))
  if (bytes === null) return null
  let members: (Partial<EvmState> & { readonly format?: unknown }) | null
  try {
    members = JSON.parse(Buffer.from(bytes).toString("utf8")) as typeof members
  } catch (cause) {
    throw new AnchorError("state", `${pathIn(directory)} is no JSON`, { cause })
  }
  if (members?.format !== FORMAT || members.chain === undefined || members.contract === undefined)
    throw new AnchorError("state", `${pathIn(directory)} is not of the format ${FORMAT}`)
  const { chain, contract, pending = null, confirmed = null, costs = [] } = members
  return { chain, contract, pending, confirmed, costs }
}

/** Durable when it resolves. */
export const writeState = (directory: string, state: EvmState): Promise<void> => {
  const costs = state.costs.slice(-MAX_COSTS)
  return writeDurable(
    pathIn(directory),
    Buffer.from(`${JSON.stringify({ format: FORMAT, ...state, costs }, null, 2)}\n`),
  )
}

/** What anchoring cost in the day before `now`, in wei, and how many it were. */
export const dayCost = (costs: ReadonlyArray<Cost>, now: number): { readonly count: number; readonly wei: bigint } => {
  const day = costs.filter(({ at }) => now - at < 86_400_000)
  return { count: day.length, wei: day.reduce((sum, { cost }) => sum + BigInt(cost), 0n) }
}
