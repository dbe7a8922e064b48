/** What is said, or written to streams, and should not be. */
import { ATTACKS, Scene, type World } from "@assay/fleet"
import { STREAMS } from "@assay/streams"
import { nowSeconds } from "../../now.ts"
import { type Cause, grown, nothingToMend } from "../cause.ts"
import { type AlertSite, sumOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

const A_DAY = 1_500
/** Decisions that make a rate. */
const A_RATE = 200

const writeForeign = async ({ log }: AlertSite, stream: string): Promise<void> => {
  await log.append({ stream, partition: 0 }, [{ key: Buffer.from("foreign"), value: Buffer.from("no record of ours") }])
}

export const deadLetter: Cause = {
  alerts: ["AssayDeadLetters"],
  what: "bytes that are no entry are written to submitted",
  during: (site) =>
    grown(site, { what: "a dead letter", count: (seen) => sumOf(seen, "assay_deadletters_total") }, () =>
      writeForeign(site, STREAMS.submitted),
    ),
  mended: "nobody writes them any more",
  mend: nothingToMend,
}

export const undecided: Cause = {
  alerts: ["AssayUndecided"],
  what: "somebody writes bytes between two stages",
  during: (site) =>
    grown(site, { what: "an undecided entry", count: (seen) => sumOf(seen, "assay_undecided_entries_total") }, () =>
      writeForeign(site, STREAMS.identified),
    ),
  mended: "nobody writes there any more",
  mend: nothingToMend,
}

const attack = async (site: AlertSite, name: string, instances: number): Promise<void> => {
  const found = ATTACKS.find((one) => one.name === name)!
  const later = Object.create(site.world, { now: { value: nowSeconds() } }) as World
  for (let instance = 0; instance < instances; instance++)
    for (const { submission } of found.inject(new Scene(later, found, instance, { learn: 3, flood: 5, crowd: 5 })))
      await site.submit(submission)
}

const broken = (seen: Snapshot): number => sumOf(seen, "assay_reasons_total", 'reason="integrity.chain_broken"')

export const chainBroken: Cause = {
  alerts: ["AssayChainBreak"],
  what: "a message names another predecessor than its device said",
  during: (site) => grown(site, { what: "a broken chain", count: broken }, () => attack(site, "broken-chain", 1)),
  mended: "it is explained, and the device is released",
  mend: nothingToMend,
}

const decided = (seen: Snapshot): number => sumOf(seen, "assay_decisions_total")

const quarantined = (seen: Snapshot): number => sumOf(seen, "assay_decisions_total", 'outcome="quarantined"')

export const jump: Cause = {
  alerts: ["AssayQuarantineJump"],
  what: "many devices speak to a zone for which they have no conduit",
  spans: { AssayQuarantineJump: { before: A_DAY } },
  prepare: async (site) => {
    await grown(site, { what: "a rate to compare with", count: decided, by: A_RATE + 1 }, async () => undefined)
  },
  during: (site) =>
    grown(site, { what: "60 more are quarantined", count: quarantined, by: 60 }, () =>
      attack(site, "forbidden-zone", 60),
    ),
  mended: "they speak to it no more",
  mend: nothingToMend,
}

const annotated = (seen: Snapshot): number => sumOf(seen, "assay_quality_messages_total", 'outcome="annotated"')

export const unverified: Cause = {
  alerts: ["AssayQualityUnverified"],
  what: "devices say much that is annotated: what they said before it was held back",
  prepare: async (site) => {
    await site.beside("readings", ["readings", "--follow", "--outcome", "all"])
    await site.untilSeen("quality is counted", (seen) => sumOf(seen, "assay_quality_messages_total") > 0)
  },
  during: (site) =>
    grown(site, { what: "more than three hundred annotated messages", count: annotated, by: 301 }, () =>
      attack(site, "chain-gap", 30),
    ),
  mended: "they say everything, in its order",
  mend: nothingToMend,
}
