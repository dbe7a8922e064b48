export { lockDir } from "./datadir.ts"
export { openEmbedded } from "./open.ts"
