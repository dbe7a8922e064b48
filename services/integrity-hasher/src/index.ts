export { integrityStage } from "./stage.ts"
