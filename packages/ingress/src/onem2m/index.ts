/** `@assay/ingress/onem2m`: an entry point of its own, so that nothing else loads what speaks oneM2M. */
export { type AdapterStatus, type Onem2mAdapter, startOnem2m } from "./adapter.ts"
export { type RunningWriteBack, startWriteBack, type WriteBackCounts } from "./back/write-back.ts"
export { type CseClient, httpClient } from "./client.ts"
export { openKnown } from "./known.ts"
export { CseRefusalError, CseUnreachableError, RSC, resourceIn, TYPE } from "./primitive.ts"
export { type Onem2mSettings, readOnem2m } from "./settings.ts"
export { writeTimestamp } from "./timestamp.ts"
