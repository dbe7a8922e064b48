export type { AsOf, DeviceTrust } from "./device.ts"
export { type ReadModelCode, ReadModelError } from "./errors.ts"
export { openReadModel, type PartitionStatus, type ReadModel } from "./open.ts"
export { type Found, type ReadModelOptions, type RunningReadModel, startReadModel } from "./start.ts"
