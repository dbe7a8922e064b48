/** The chain that heads of the anchor log are written to is away, too dear, or takes blocks back; or the account is empty. */
import { ANCHOR } from "@assay/settings"
import { type Anchored, anchoring, atWork, CONFIRMATIONS, withAnchoring } from "../anchored.ts"
import { type Cause, grown } from "../cause.ts"
import { type AlertSite, sumOf, valuesOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

const HOUR_S = 3_600

const first = (seen: Snapshot, metric: string): number => valuesOf(seen, metric)[0] ?? 0
const unanchored = (seen: Snapshot): number => first(seen, "assay_anchor_unanchored_age_seconds")
const unmined = (seen: Snapshot): number => first(seen, "assay_anchor_unmined_age_seconds")
const balance = (seen: Snapshot): number => first(seen, "assay_anchor_balance_coins")
const spent = (seen: Snapshot): number => sumOf(seen, "assay_anchor_spent_coins_total")
const confirmed = (seen: Snapshot): number => sumOf(seen, "assay_anchor_transactions_total", 'result="confirmed"')
const withdrawn = (seen: Snapshot): number => sumOf(seen, "assay_anchor_reorganisations_total", 'final="true"')

/** So many more heads count than now. */
const moreCount = async (site: AlertSite, more: number): Promise<void> => {
  await grown(site, { what: `${more} more heads count`, count: confirmed, by: more }, async () => undefined)
}

/** What an hour changes is there at once: the process's clock is set so far ahead, or back. */
const setClock = ({ process }: Anchored): void => process.signal("SIGUSR2")

export const chainAway: Cause = {
  alerts: ["AssayAnchorBehind", "AssayAnchorBudget"],
  what: "the node of the chain sleeps (SIGSTOP) for an hour, by the clock of the process that anchors",
  spans: { AssayAnchorBudget: { growing: 60, lasting: 60, after: 420 } },
  prepare: withAnchoring,
  during: async (site) => {
    const all = await atWork(site)
    await all.chain.sleep()
    await site.untilSeen("the node is away", (seen) => valuesOf(seen, "assay_anchor_up").includes(0))
    setClock(all)
    // Two intervals of a second each, and the hour.
    return [await site.untilSeen("a head has waited for more than an hour", (seen) => unanchored(seen) > HOUR_S + 2)]
  },
  mended: "it goes on (SIGCONT)",
  mend: async (site) => {
    const all = await anchoring(site)
    await all.chain.wake()
    setClock(all)
    await site.untilSeen(
      "all but the newest counts",
      (seen) => unanchored(seen) < 60 && valuesOf(seen, "assay_anchor_up").includes(1),
    )
  },
}

/** Above what may be paid, and what may be paid then. */
const DEAR_GWEI = 1_000
const RAISED_GWEI = "5000"

export const priceRose: Cause = {
  alerts: ["AssayAnchorStuck"],
  what: "what gas costs rises above ASSAY_ANCHOR_MAX_GWEI after a transaction was sent, for an hour by the clock of the process that anchors",
  prepare: withAnchoring,
  during: async (site) => {
    const all = await atWork(site)
    await all.chain.halt()
    // What is on its way counts by these; the next head is sent, and no block comes.
    await all.chain.grow(1 + CONFIRMATIONS)
    await site.untilSeen("a transaction is in no block", (seen) => unmined(seen) > 1)
    await all.chain.mine(DEAR_GWEI)
    await site.untilSeen("more cannot be offered", (seen) => valuesOf(seen, "assay_anchor_up").includes(0))
    setClock(all)
    return [await site.untilSeen("it has been in none for an hour", (seen) => unmined(seen) > HOUR_S)]
  },
  mended: "ASSAY_ANCHOR_MAX_GWEI is raised, and the process started anew",
  mend: async (site) => {
    const all = await anchoring(site)
    await all.chain.mine(DEAR_GWEI)
    await all.startWith({ [ANCHOR.maxGwei.key]: RAISED_GWEI })
    await site.untilSeen("it is in a block, at that price", (seen) => confirmed(seen) > 0 && unmined(seen) < 60)
    await all.chain.mine()
  },
}

/** More than the blocks above a head that counts and those since. */
const DEPTH = 24
const RAISED_CONFIRMATIONS = "32"

export const blocksTaken: Cause = {
  alerts: ["AssayAnchorReorganised"],
  what: "the chain replaces more blocks than ASSAY_ANCHOR_CONFIRMATIONS by others",
  prepare: withAnchoring,
  during: async (site) => {
    const { chain } = await atWork(site)
    return grown(site, { what: "a head that counted was withdrawn", count: withdrawn }, () => chain.reorganise(DEPTH))
  },
  mended:
    "ASSAY_ANCHOR_CONFIRMATIONS is raised above that, and the next reorganisation as deep takes away nothing that counted",
  mend: async (site) => {
    const { chain, startWith } = await anchoring(site)
    await startWith({ [ANCHOR.confirmations.key]: RAISED_CONFIRMATIONS })
    await moreCount(site, 1)
    await chain.reorganise(DEPTH)
    await moreCount(site, 1)
    const after = withdrawn(await site.snapshot())
    if (after > 0) throw new Error(`${after} heads that counted were withdrawn all the same`)
  },
}

/** Of what one costs. */
const TRANSACTIONS_LEFT = 12

export const accountLow: Cause = {
  alerts: ["AssayAnchorFunds"],
  what: "the account has what a dozen transactions cost",
  prepare: async (site) => {
    await atWork(site)
    await moreCount(site, 2)
  },
  during: async (site) => {
    const { chain } = await atWork(site)
    const before = await site.snapshot()
    await chain.setBalance((TRANSACTIONS_LEFT * spent(before)) / confirmed(before))
    return [
      await site.untilSeen(
        "the account has less than seven times what was spent meanwhile",
        (seen) => balance(seen) < 6 * (spent(seen) - spent(before)),
      ),
    ]
  },
  mended: "somebody sends it some",
  mend: async (site) => {
    const { chain } = await anchoring(site)
    await chain.fund(1)
    await site.untilSeen("it has it", (seen) => balance(seen) > 0.5)
  },
}
