export {
  type Costs,
  DISK_PARTS,
  type DiskPart,
  type Linear,
  type Measured,
  type More,
  readMeasured,
  type Topology,
} from "./inputs.ts"
export { at, commitsOf, type Demand, fullOf, loadedOf, type Need, needOf } from "./model.ts"
