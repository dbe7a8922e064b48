export { Follower, type View } from "./follow.ts"
export { pageOf } from "./page.ts"
export { sourceAt } from "./source.ts"
