export { type Carried, type FirstEntry, linkAndCarry } from "./epoch/carry.ts"
export {
  ENDED_UNSEEN_MS,
  type Filling,
  type LogPlace,
  type NextEpoch,
  readFilling,
  readNext,
  refuseEnded,
  refuseOtherEpoch,
  withdrawNext,
  writeFenced,
  writeFilling,
  writeNext,
} from "./epoch/cells.ts"
export { type Drained, drainedAt, fenceJudges, type Groups, judgedAt, judgingGroups } from "./epoch/drained.ts"
export { moveKnowledge } from "./epoch/knowledge.ts"
export { moveStates, parentOf, type Seed, seedFor } from "./epoch/move.ts"
export { encodeControl, encodeSubmitted, encodeTick, newMessage, toRawEntry } from "./order/entries.ts"
export { bodiesOf, MAX_BODY_BYTES, publishKnowledge, submitControl, UnreadableItem } from "./order/knowledge.ts"
export { appendTicks, startTicks } from "./order/ticks.ts"
export { restoreTrack } from "./order/track.ts"
export { type ReplayEpoch, type ReplayReport, replay } from "./replay/replay.ts"
export { type Compared, type WhatifRun, whatif } from "./replay/whatif.ts"
export { recordHash } from "./runner/audit.ts"
export { type CheckedState, checkState } from "./runner/check-state.ts"
export type { Decided } from "./runner/collector.ts"
export { type Found, findByOrigin } from "./runner/find-decided.ts"
export { JudgingError } from "./runner/judging-error.ts"
export { BATCH_BYTES, batchRecordsOf } from "./runner/limits.ts"
export type { BatchDone, Opening } from "./runner/options.ts"
export { StageRunner } from "./runner/runner.ts"
export type { StageTime } from "./runner/stage-clock.ts"
export { type BatchSpan, type BatchTracer, NO_TRACER } from "./runner/tracer.ts"
export { Suspects } from "./runner/undecided-after-restores.ts"
export { reasonOfUnreadable } from "./runner/unreadable.ts"
export { pickRows } from "./state/pick-rows.ts"
export { decodeProgress, PROGRESS_KEY } from "./state/progress.ts"
export { type Row, StateTable } from "./state/table.ts"
export { backoffMs } from "./supervise/group.ts"
export { type NodeOptions, type RunningNode, startNode, type Topology } from "./supervise/start-runners.ts"
export {
  type StreamFinding,
  type StreamReport,
  type VerifyStreamsOptions,
  verifyStreams,
} from "./verify-streams/index.ts"
export { type UndecidedReport, verifyUndecided } from "./verify-streams/undecided.ts"
