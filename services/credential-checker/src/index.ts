export { credentialStage } from "./stage.ts"
