export { type Command, main } from "./command.ts"
export { SetupProblem } from "./problem.ts"
