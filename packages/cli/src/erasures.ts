/**
 * Which erasures in a partition's audit events count: those that operators, or the roots, signed under the knowledge in force
 * at their place. The knowledge is folded from the activations that the log holds, with bodies that the pinned roots signed.
 */
import { bodiesOf } from "@assay/engine"
import { KINDS, Track } from "@assay/knowledge"
import { type Log, partitionOf } from "@assay/log"
import type { ErasureReader } from "@assay/transparency/storage"
import {
  type AuditEvent,
  controlDetailOf,
  erasedIn,
  parseErasureTarget,
  type ReasonCode,
  type RootSet,
  signerOf,
} from "@assay/trust"

const wordsOf = (reasons: ReadonlyArray<ReasonCode>): string => reasons.join(", ")

export const erasureReader = (log: Log, partition: number, roots: RootSet): ErasureReader => {
  const isHome = (subject: string): boolean => partitionOf(signerOf(subject), log.partitions) === partition
  const track = Track.restore({ kinds: KINDS, roots, isHome, log }, null)
  const bodies = bodiesOf(log, partition)
  const activate = async (event: AuditEvent): Promise<void> => {
    const what = controlDetailOf(event)
    if (event.count !== 1 || what?.kind !== "activation") return
    const body = await bodies.get(what.hash)
    track.apply({ kind: "activation", item: what.item, hash: what.hash, body }, event.time)
  }
  return {
    read: async (event) => {
      await activate(event)
      const pseudonym = erasedIn(event)
      if (pseudonym === null) return null
      const tokens = event.evidence.map((token) => Buffer.from(token).toString("latin1"))
      const { accepted, reasons, what } = track.apply({ kind: "control", tokens }, event.time)
      const byRoots = what.kind === "command" && what.erasure?.byRoots === true
      const named = what.kind === "command" ? parseErasureTarget(what.target)?.pseudonym : undefined
      const problem = !accepted
        ? `its signatures are refused (${wordsOf(reasons)})`
        : named === pseudonym
          ? null
          : "its tokens were signed for something else"
      return { pseudonym: Buffer.from(pseudonym, "hex"), problem, byRoots }
    },
  }
}
