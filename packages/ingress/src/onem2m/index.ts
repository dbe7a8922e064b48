/** `@assay/ingress/onem2m`: an entry point of its own, so that nothing else loads what speaks oneM2M. */
export { type AdapterStatus, type Onem2mAdapter, startOnem2m } from "./adapter.ts"
export { type ClientTls, type CseClient, type HttpClientOptions, httpClient } from "./client.ts"
export { openKnown } from "./known.ts"
export {
  type Attributes,
  CseRefusalError,
  type CseRequest,
  type CseResponse,
  CseUnreachableError,
  isObject,
  RSC,
  requireCode,
  resourceIn,
  TYPE,
  textIn,
} from "./primitive.ts"
export { type Onem2mSettings, readOnem2m } from "./settings.ts"
export { readTimestamp, writeTimestamp } from "./timestamp.ts"
