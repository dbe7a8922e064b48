export { type Command, main } from "./command.ts"
export { ownFolder } from "./own-folder.ts"
export { SetupProblem } from "./problem.ts"
