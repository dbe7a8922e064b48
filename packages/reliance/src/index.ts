export { RelianceIndex, type Shown } from "./reliance.ts"
export { ROW_NUMBERS, type Row, rowAt } from "./rows.ts"
