/** The roots of a call that reads a signed file and no log. */
import { readRoots } from "@assay/node/roots"
import type { RootSet } from "@assay/trust"
import type { Arguments } from "../command.ts"

export const readRootsOf = (given: Arguments): RootSet => readRoots(given.required("roots"), null)
