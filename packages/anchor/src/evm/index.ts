export { EvmAnchor, type EvmOptions } from "./adapter.ts"
export { deployContract } from "./deploy.ts"
export { contractHeads, newestHead } from "./heads.ts"
export {
  type EvmAnchored,
  type EvmEvidence,
  parseEvmEvidence,
  verifyEvmEvidence,
} from "./proof/evidence.ts"
export { type Request, RpcError, rpcAt } from "./rpc.ts"
export { evidencePath, evmEvidence } from "./source.ts"
export { type Cost, dayCost, readAnyState } from "./state.ts"
