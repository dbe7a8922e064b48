export { type KeyOfFile, keyOfFile, signerOfFile } from "./file.ts"
export { signerOfKey } from "./key.ts"
export type { Signer } from "./signer.ts"
