export { CELLS, changelogOf, STAGE_STREAMS, STREAMS, type StreamName } from "./names.ts"
