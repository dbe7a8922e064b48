/** The contracts as files: one text for each, the same for the same schemas. The Avro schemas themselves are `../export.ts`. */
import { asyncApiOf } from "./asyncapi.ts"
import { jsonSchemaOf } from "./json-schema.ts"
import { dataContractOf } from "./odcs.ts"
import type { ContractStream } from "./stream.ts"

export const CONTRACT_FORMATS = ["json-schema", "asyncapi", "odcs"] as const
export type ContractFormat = (typeof CONTRACT_FORMATS)[number]

export interface ContractFile {
  readonly name: string
  /** What it is the contract of; null where it is that of all. */
  readonly stream: string | null
  readonly text: string
}

const textOf = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

/** @param version of Assay */
export const contractFiles = (
  format: ContractFormat,
  streams: ReadonlyArray<ContractStream>,
  version: string,
): ReadonlyArray<ContractFile> => {
  const each = (ending: string, make: (one: ContractStream) => object): ReadonlyArray<ContractFile> =>
    streams.map((one) => ({ name: `${one.topic}${ending}`, stream: one.stream, text: textOf(make(one)) }))
  switch (format) {
    case "json-schema":
      return each(".schema.json", ({ schema, stream }) => jsonSchemaOf(schema, `urn:assay:${stream}`))
    case "odcs":
      return each(".odcs.json", (one) => dataContractOf(one, version))
    case "asyncapi":
      return [{ name: "asyncapi.json", stream: null, text: textOf(asyncApiOf(streams, version)) }]
  }
}
