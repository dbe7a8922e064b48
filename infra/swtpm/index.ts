export { missingPrograms, type SoftwareTpm, startSoftwareTpm } from "./start.ts"
