/** The process that anchors is away, does not see what it reads, or sees an older copy; or its signer or witness is away. */
import { renameSync, rmSync } from "node:fs"
import { cp } from "node:fs/promises"
import { join } from "node:path"
import { anchoring, atWork, withAnchoring } from "../anchored.ts"
import { type Cause, grown } from "../cause.ts"
import { sumOf, valuesOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

const logs = (seen: Snapshot, state: string): number => sumOf(seen, "assay_anchor_logs", `state="${state}"`)
const leaves = (seen: Snapshot): number => sumOf(seen, "assay_anchor_log_leaves")
const counts = (seen: Snapshot): number => sumOf(seen, "assay_anchor_confirmed_leaves")
const asked = (seen: Snapshot): number => sumOf(seen, "assay_anchor_cosignatures_total", 'result="asked"')
const had = (seen: Snapshot): number => sumOf(seen, "assay_anchor_cosignatures_total", 'result="had"')
const failures = (seen: Snapshot): number => sumOf(seen, "assay_anchor_round_failures_total")
const refused = (seen: Snapshot): boolean => valuesOf(seen, "assay_anchor_refused").includes(1)

export const anchorAway: Cause = {
  alerts: ["AssayAnchorDown"],
  what: "the process that anchors is killed",
  prepare: withAnchoring,
  during: async (site) => {
    await (await atWork(site)).process.kill()
    return [await site.snapshot()]
  },
  mended: "it is started again, and goes on where it was",
  mend: async (site) => {
    ;(await anchoring(site)).process.start()
    await atWork(site)
  },
}

export const volumeAway: Cause = {
  alerts: ["AssayAnchorUnreadable"],
  what: "the directory with the sealed logs is not mounted where the process that anchors runs",
  spans: { AssayAnchorUnreadable: { lasting: 45 } },
  prepare: withAnchoring,
  during: async (site) => {
    const { look } = await atWork(site)
    return grown(site, { what: "logs that cannot be read", count: (seen) => logs(seen, "unreadable") }, async () =>
      look(null),
    )
  },
  mended: "it is mounted",
  mend: async (site) => {
    const { look, sealed } = await anchoring(site)
    look(sealed)
    await site.untilSeen("every log can be read", (seen) => logs(seen, "unreadable") === 0)
  },
}

export const olderLogs: Cause = {
  alerts: ["AssayAnchorTwoHistories"],
  what: "an older copy of the sealed logs is put in their place",
  prepare: withAnchoring,
  during: async (site) => {
    const { look, sealed } = await atWork(site)
    const copy = join(site.dir, "anchoring", "older-logs")
    await cp(sealed, copy, { recursive: true })
    const since = leaves(await site.snapshot())
    // Every log has gone on since, more than once.
    await site.untilSeen("more is anchored than the copy has", (seen) => leaves(seen) > since + 20)
    return grown(site, { what: "logs that show fewer leaves", count: (seen) => logs(seen, "forked") }, async () =>
      look(copy),
    )
  },
  mended: "the newest copy is put back",
  mend: async (site) => {
    const { look, sealed } = await anchoring(site)
    look(sealed)
    await site.untilSeen("no log shows another history", (seen) => logs(seen, "forked") === 0)
  },
}

export const olderAnchorLog: Cause = {
  alerts: ["AssayAnchorTwoHistories"],
  what: "an older copy of the anchor log's own directory is put in its place",
  prepare: withAnchoring,
  during: async (site) => {
    const { process, state } = await atWork(site)
    const copied = leaves(await site.snapshot())
    await process.stop()
    await cp(state, `${state}.older`, { recursive: true })
    process.start()
    // A copy that has all that counts at the contract would go on there: witnesses alone could tell.
    await site.untilSeen("the contract has more than the copy", (seen) => counts(seen) > copied + 30)
    await process.stop()
    renameSync(state, `${state}.newest`)
    renameSync(`${state}.older`, state)
    process.start()
    return [await site.untilSeen("the contract holds another history than the log", refused)]
  },
  mended: "the newest copy is put back, and the process started anew",
  mend: async (site) => {
    const { process, state } = await anchoring(site)
    await process.stop()
    rmSync(state, { recursive: true })
    renameSync(`${state}.newest`, state)
    process.start()
    await atWork(site)
  },
}

/** Witnesses are asked once in so long. */
const ASKED_MS = 12_000

export const witnessAway: Cause = {
  alerts: ["AssayAnchorUnwitnessed"],
  what: "the one witness of the anchor log is killed",
  spans: { AssayAnchorUnwitnessed: { lasting: 60, paced: true } },
  goesOn: true,
  restMs: 2 * ASKED_MS,
  prepare: withAnchoring,
  during: async (site) => {
    const { witness } = await atWork(site)
    await witness.kill()
    const asking = (by: number): Promise<ReadonlyArray<Snapshot>> =>
      grown(site, { what: "it is asked", count: (seen) => asked(seen) - had(seen), by }, async () => undefined)
    return [...(await asking(1)), ...(await asking(2))]
  },
  mended: "it is started again",
  mend: async (site) => {
    const { witness } = await anchoring(site)
    await grown(site, { what: "it cosigns", count: had }, async () => witness.start())
  },
}

export const signerAway: Cause = {
  alerts: ["AssayAnchorFails"],
  what: "the remote signer with the key of the anchor log is away",
  prepare: withAnchoring,
  during: async (site) => {
    const { signer } = await atWork(site)
    return grown(site, { what: "rounds that fail", count: failures, by: 5 }, () => signer.leave())
  },
  mended: "it answers again",
  mend: async (site) => {
    const { signer } = await anchoring(site)
    await grown(site, { what: "the anchor log grows", count: leaves }, () => signer.come())
  },
}
