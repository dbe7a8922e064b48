/** The schemas as files for readers that have no registry. */
import type { SchemaName } from "./ids/embedded.ts"
import { schemaOf } from "./load.ts"
import type { Subject } from "./registry/subjects.ts"

export interface SchemaFile {
  readonly subject: string
  readonly schema: SchemaName
  /** `<subject>.avsc`. */
  readonly name: string
  /** The schema that `assay schemas apply` registers, whole: each type is defined where it is first used. */
  readonly text: string
}

/** One file per subject, that is, per stream. A record on the stream is five bytes of header and a body of the schema. */
export const schemaFiles = (subjects: ReadonlyArray<Subject>): ReadonlyArray<SchemaFile> =>
  subjects.map(({ subject, schema }) => ({
    subject,
    schema,
    name: `${subject}.avsc`,
    text: `${JSON.stringify(schemaOf(schema), null, 2)}\n`,
  }))
