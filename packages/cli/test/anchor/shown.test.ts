import type { PlaceStatus, Round } from "@assay/anchor"
import { Metrics } from "@assay/telemetry"
import { expect, test } from "vitest"
import { ShownAnchoring } from "../../src/anchor/shown.ts"

const NOW = 1_700_000_000_000
const transactions = {
  sent: 3,
  confirmed: 2,
  failed: 1,
  reorganised: { final: 1, early: 2 },
  spentCoins: 0.25,
  balanceCoins: 1.5,
  unminedSince: NOW - 90_000,
}
const PLACE: PlaceStatus = {
  name: "evm-1-0xab",
  confirmed: 7,
  confirmedAt: NOW - 600_000,
  pending: { size: 9, since: NOW - 120_000, text: "waits for a block" },
  problem: null,
  unanchoredSince: NOW - 120_000,
  transactions,
}
const roundWith = (...anchors: ReadonlyArray<PlaceStatus>): Round => ({
  size: 9,
  grew: 2,
  anchors,
  problems: [],
  logs: { current: 3, empty: 1, unreadable: 0, forked: 1 },
})

const shownNow = (): ShownAnchoring =>
  new ShownAnchoring({ intervalMs: 600_000, cosignatures: () => ({ asked: 4, had: 3 }), now: () => NOW })

test("it is ready once a round is done, and not while a round or a place fails", () => {
  const shown = shownNow()
  expect(shown.notReady()).toBe("the first round is not over")
  shown.done(roundWith(PLACE))
  expect(shown.notReady()).toBeNull()
  shown.failed(new Error("ENOSPC: no space left on device"))
  expect(shown.notReady()).toBe("the last round failed: ENOSPC: no space left on device")
  shown.done(roundWith({ ...PLACE, problem: { text: "the contract holds another tree", refused: true } }, PLACE))
  expect(shown.notReady()).toBe("evm-1-0xab: the contract holds another tree")
  expect(shown.state()).toMatchObject({
    roundFailures: 1,
    places: [
      { up: 0, refused: 1 },
      { up: 1, refused: 0 },
    ],
  })
})

test("its numbers are those of the metrics, with ages as of now; a place that has another name by now leaves nothing behind", async () => {
  const shown = shownNow()
  const metrics = new Metrics()
  const unreached: PlaceStatus = { ...PLACE, name: "evm-0xab", confirmedAt: null, transactions: null }
  shown.done(roundWith(unreached))
  metrics.observeAnchoring(shown.state())
  shown.done(roundWith(PLACE))
  metrics.observeAnchoring(shown.state())
  const lines = (await metrics.scrape()).split("\n").filter((line) => line.startsWith("assay_anchor_"))
  const at = 'anchor="evm-1-0xab"'
  expect(lines.sort()).toEqual(
    [
      `assay_anchor_up{${at}} 1`,
      `assay_anchor_refused{${at}} 0`,
      "assay_anchor_log_leaves 9",
      `assay_anchor_confirmed_leaves{${at}} 7`,
      `assay_anchor_confirmed_seconds{${at}} ${(NOW - 600_000) / 1000}`,
      `assay_anchor_unanchored_age_seconds{${at}} 120`,
      "assay_anchor_interval_seconds 600",
      `assay_anchor_transactions_total{${at},result="sent"} 3`,
      `assay_anchor_transactions_total{${at},result="confirmed"} 2`,
      `assay_anchor_transactions_total{${at},result="failed"} 1`,
      `assay_anchor_spent_coins_total{${at}} 0.25`,
      `assay_anchor_balance_coins{${at}} 1.5`,
      `assay_anchor_unmined_age_seconds{${at}} 90`,
      `assay_anchor_reorganisations_total{${at},final="true"} 1`,
      `assay_anchor_reorganisations_total{${at},final="false"} 2`,
      'assay_anchor_logs{state="current"} 3',
      'assay_anchor_logs{state="empty"} 1',
      'assay_anchor_logs{state="unreadable"} 0',
      'assay_anchor_logs{state="forked"} 1',
      "assay_anchor_round_failures_total 0",
      'assay_anchor_cosignatures_total{result="asked"} 4',
      'assay_anchor_cosignatures_total{result="had"} 3',
    ].sort(),
  )
  shown.done(roundWith({ ...PLACE, confirmed: 0, confirmedAt: null }))
  metrics.observeAnchoring(shown.state())
  expect(await metrics.scrape()).not.toContain("assay_anchor_confirmed_seconds{")
})
