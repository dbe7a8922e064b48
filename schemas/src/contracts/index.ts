export { CONTRACT_FORMATS, type ContractFile, type ContractFormat, contractFiles } from "./files.ts"
export type { ContractStream } from "./stream.ts"
