export { Aggregator, type AggregatorOptions } from "./aggregator.ts"
export { type RunningCohorts, signCohort, startCohorts } from "./start.ts"
