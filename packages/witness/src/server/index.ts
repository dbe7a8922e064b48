export { forksRoute, witnessRoutes } from "./routes.ts"
export { logId, WitnessStates } from "./states.ts"
export { Witness, type WitnessAnswer, type WitnessOptions } from "./witness.ts"
