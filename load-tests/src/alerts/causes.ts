/** Each alert caused as it would come about, and mended as its runbook says (docs/guides/operations.md). */
import type { Cause } from "./cause.ts"
import { accountLow, blocksTaken, chainAway, priceRose } from "./causes/anchor-chain.ts"
import { anchorAway, olderAnchorLog, olderLogs, signerAway, volumeAway, witnessAway } from "./causes/anchor-process.ts"
import { brokerAway, heldBack, recordsLost } from "./causes/broker.ts"
import { knowledgeEnds, listStale } from "./causes/knowledge.ts"
import { chainBroken, deadLetter, jump, undecided, unverified } from "./causes/messages.ts"
import { blocked, gone, killed, slow } from "./causes/processes.ts"
import { lost, programAway, silent } from "./causes/readings.ts"
import { oneHost, registryAway } from "./causes/resolver.ts"
import { readModelAway, sinkAway, sinkRefuses, unproven, unsealed } from "./causes/surroundings.ts"
import { heapFull, standsStill, takeovers } from "./causes/threads.ts"

/**
 * In this order: before the slow decisions none may be slow; a class or zone that only an attack speaks of is silent soon; what others
 * said belongs to a day before the jump; and what resolvers and anchoring need goes on to the end.
 */
export const CAUSES: ReadonlyArray<Cause> = [
  ...[
    slow,
    silent,
    lost,
    programAway,
    knowledgeEnds,
    killed,
    gone,
    deadLetter,
    undecided,
    chainBroken,
    jump,
    unverified,
  ],
  ...[blocked, standsStill, heapFull, listStale, sinkRefuses, unproven, sinkAway, readModelAway],
  ...[heldBack, unsealed, brokerAway, takeovers, recordsLost],
  ...[registryAway, oneHost],
  ...[anchorAway, witnessAway, signerAway, volumeAway, olderLogs, olderAnchorLog],
  ...[accountLow, priceRose, blocksTaken, chainAway],
]
