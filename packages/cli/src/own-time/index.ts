export { type HonestRow, judgeHonest, unknownWrongs } from "./honest.ts"
export { showHonestKinds } from "./honest-table.ts"
export { OwnTimeNode } from "./node.ts"
