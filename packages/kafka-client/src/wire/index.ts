export { crc32c } from "./crc32c.ts"
export { decodeBatches } from "./decode.ts"
export { finish, pack } from "./encode.ts"
export { type Produced, produceRequest } from "./requests.ts"
