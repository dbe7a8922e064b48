export { segmentationStage } from "./stage.ts"
