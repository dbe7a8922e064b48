/** The groups that judge a log: all stages in one, or each stage by itself. */
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"

export interface JudgingGroup {
  readonly name: string
  readonly input: string
  /** How it is started. */
  readonly start: string
}

export const CHAINED: JudgingGroup = {
  name: "chained",
  input: STREAMS.submitted,
  start: "assay run --topology chained",
}
export const STAGED: ReadonlyArray<JudgingGroup> = STAGES.map((stage) => ({
  name: SERVICE_NAMES[stage],
  input: STAGE_STREAMS[stage].input,
  start: `assay run --service ${SERVICE_NAMES[stage]}`,
}))
