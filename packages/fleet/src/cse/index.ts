/**
 * What a CSE between a device and Assay may do, or lets others do: the gaps of oneM2M's communication layer that a message alone can
 * show. Those of the requests themselves are shown by the adapter's own tests (`packages/ingress/test/onem2m`).
 */
import type { Attack } from "../attack.ts"
import { changedContent } from "./changed-content.ts"
import { droppedInstances } from "./dropped-instances.ts"
import { forgedOriginator } from "./forged-originator.ts"
import { reorderedInstances } from "./reordered-instances.ts"
import { repeatedRequest } from "./repeated-request.ts"
import { unsignedContent } from "./unsigned-content.ts"

/** In the order in which tables show them. */
export const CSE_ATTACKS: ReadonlyArray<Attack> = [
  forgedOriginator,
  changedContent,
  unsignedContent,
  repeatedRequest,
  droppedInstances,
  reorderedInstances,
]
