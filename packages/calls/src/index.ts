export { callProblem, type WholeAnswer, wholeAnswer } from "./whole-answer.ts"
