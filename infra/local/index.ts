export { type Command, main } from "./command.ts"
export { endWithNpm } from "./end-with-npm.ts"
export { ownFolder } from "./own-folder.ts"
export { SetupProblem } from "./problem.ts"
