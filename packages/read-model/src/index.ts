export type { DeviceTrust } from "./device.ts"
export { openReadModel, type PartitionStatus, type ReadModel } from "./open.ts"
export { READ_MODEL_GROUP } from "./projector.ts"
export { type RunningReadModel, startReadModel } from "./start.ts"
