/** Each alert caused as it would come about, and mended as its runbook says (docs/guides/operations.md). */
import type { Cause } from "./cause.ts"
import { brokerAway, heldBack, recordsLost } from "./causes/broker.ts"
import { chainBroken, deadLetter, jump, undecided, unverified } from "./causes/messages.ts"
import { blocked, killed, slow, takeovers } from "./causes/processes.ts"
import { knowledgeEnds, readModelAway, sinkAway, sinkRefuses, unsealed } from "./causes/surroundings.ts"

/** In this order: the last one cannot be mended without another start. */
export const CAUSES: ReadonlyArray<Cause> = [
  ...[knowledgeEnds, killed, slow, deadLetter, undecided, chainBroken, jump, blocked],
  ...[unverified, sinkRefuses, sinkAway, readModelAway, heldBack, unsealed, brokerAway, takeovers, recordsLost],
]
