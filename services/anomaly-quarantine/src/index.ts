export { anomalyStage } from "./stage.ts"
