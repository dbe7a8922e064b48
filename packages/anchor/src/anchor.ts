/**
 * The port: a place outside of the deployment where the newest head of the anchor log is written, so that its operator cannot
 * take it back.
 *
 * What an adapter guarantees:
 * - `advance` begins at most one head at a time, and the newest one; heads between two are covered by the next.
 * - What it is about to send is durable before it leaves. After a crash at any point the same work goes on; no head is written twice.
 * - What counts as final it says itself; evidence of it is a file that anybody checks without us. Evidence that the place takes
 *   back (a reorganised chain) is withdrawn, and the head is written again.
 * - A place that does not answer, costs too much or stands still is a `problem` and a retry, never an exception: nothing else waits.
 * - It refuses to go on where the place holds a history that is not the log's.
 *
 * Concurrency: one call at a time, and one process for each directory.
 */
import type { Hash } from "@assay/transparency"

/** A signed head of the anchor log. */
export interface AnchorHead {
  /** Leaves. */
  readonly size: number
  readonly root: Hash
  /** The signed checkpoint. */
  readonly note: string
}

export interface AnchorStatus {
  /** Leaves of the newest head that is final there; 0 where none is. */
  readonly confirmed: number
  /** When that was found, milliseconds since 1970; null where none is. */
  readonly confirmedAt: number | null
  /** The head on its way, and how far it is; null where none is. */
  readonly pending: { readonly size: number; readonly since: number; readonly text: string } | null
  /** What somebody should look at, or null. `refused`: it will not go on until a person has looked. */
  readonly problem: { readonly text: string; readonly refused: boolean } | null
  /** Null where the place takes no transactions of ours, or was not reached yet. */
  readonly transactions: Transactions | null
}

/** What an adapter counted since it was opened. Amounts are in coins of the chain. */
export interface Transactions {
  /** Signed and sent, each form of one by itself. */
  readonly sent: number
  /** Heads that came to count. */
  readonly confirmed: number
  /** Whose number something else used, or which the contract refused. */
  readonly failed: number
  /** Blocks with one of ours that a reorganisation took away: `final` where the head counted already, `early` where not yet. */
  readonly reorganised: { readonly final: number; readonly early: number }
  readonly spentCoins: number
  /** Of the account, before the last transaction; null before the first. */
  readonly balanceCoins: number | null
  /** Since when the head on its way has been in no block, milliseconds since 1970; null where it is in one, or none is on its way. */
  readonly unminedSince: number | null
}

export interface Anchor {
  /** What it is called in files and messages; one for each directory. */
  readonly name: string
  /** One step. @param head the newest one; null where the log is empty. @throws only what the own disk says */
  advance(head: AnchorHead | null): Promise<AnchorStatus>
}

/** Reads the anchor log: what an adapter compares a place with. */
export interface AnchorHistory {
  /** The root of its first `size` leaves; null where it has not as many. */
  rootAt(size: number): Promise<Hash | null>
}
