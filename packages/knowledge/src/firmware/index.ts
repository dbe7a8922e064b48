export { type Compared, type ComparedWith, checkFirmware, type FirmwareParts, NO_PARTS } from "./check.ts"
export { type FlawedFirmware, flawedFirmware } from "./flawed.ts"
export { type FirmwareModel, firmwareOf, type KnownFirmware, type Listed } from "./known.ts"
