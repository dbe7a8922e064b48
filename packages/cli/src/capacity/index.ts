export {
  type Costs,
  DISK_PARTS,
  type DiskPart,
  type Linear,
  type Measured,
  readMeasured,
  type Topology,
} from "./inputs.ts"
export { commitsOf, type Demand, type Need, needOf } from "./model.ts"
