export { finish, pack } from "./encode.ts"
export { type Produced, produceRequest } from "./requests.ts"
