export { lockDir } from "./datadir.ts"
export { openEmbedded } from "./open.ts"
export { openOwned, serveWrites } from "./threads/owner.ts"
export { openShared, type SharedLog } from "./threads/shared.ts"
