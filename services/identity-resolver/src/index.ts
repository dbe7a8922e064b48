export { identityStage } from "./stage.ts"
