/**
 * From the model to codecs: for every .avsc file that defines a record, a module of functions over the bounded reader and
 * the writer (`src/wire`). The bounds, the checks of ranges and symbols and the end of the record are theirs.
 */
import { type Model, type RecordType, reachable, type Shape, type Tagged, unionsIn } from "./model.ts"
import { comment, head, importsOf } from "./text.ts"
import { type Names, readText, writeText } from "./values.ts"

/** What a module has to know of the others. */
export interface Others {
  /** The module of a type, of an enum's list or of a word. */
  moduleOf(name: string): string
  /** The records whose functions other modules import. */
  readonly shared: ReadonlySet<string>
  /** Whether the record of this file has an id, and so functions that write and read a whole record. */
  hasId(file: string): boolean
}

const WIDTH = 120
const READER = "../wire/reader.ts"
const WRITER = "../wire/writer.ts"
const ENCODED_ONCE = "../wire/encoded-once.ts"

const hasBytes = (shape: Shape): boolean =>
  shape.kind === "optional" || shape.kind === "array"
    ? hasBytes(shape.of)
    : shape.kind === "primitive" && shape.name === "bytes"

const holdsBytes = (model: Model, record: string): boolean =>
  [...reachable(model, [record])].some((name) => {
    const type = model.get(name)!
    return type.kind === "record" && type.fields.some(({ shape }) => hasBytes(shape))
  })

/** The records that a file defines, each after those within it. */
export const recordsOf = (model: Model, file: string): ReadonlyArray<RecordType> =>
  [...model.values()].filter((type): type is RecordType => type.kind === "record" && type.file === file)

class CodecModule {
  private readonly imports = new Map<string, Set<string>>()
  private readonly parts: Array<string> = []
  private readonly model: Model
  private readonly file: string
  private readonly others: Others
  private readonly names: Names

  constructor(model: Model, file: string, others: Others) {
    this.model = model
    this.file = file
    this.others = others
    const functionOf = (verb: string, record: string): string => {
      const from = model.get(record)!.file
      return from === file ? verb + record : this.use(verb + record, `./${from}.ts`)
    }
    this.names = {
      model,
      file,
      type: (name) => this.type(name),
      symbols: (type) => this.use(type.list, others.moduleOf(type.name)),
      reader: (name) => this.use(name, READER),
      writeOf: (record) => functionOf("write", record),
      readOf: (record) => functionOf("read", record),
    }
  }

  private use(name: string, from: string): string {
    this.imports.set(from, (this.imports.get(from) ?? new Set()).add(name))
    return name
  }

  private type(name: string): string {
    this.use(`type ${name}`, this.others.moduleOf(name))
    return name
  }

  /** `write<Union>` and `read<Union>`. */
  private union({ name, nullable, branches }: Tagged): void {
    const first = nullable ? 1 : 0
    const records = branches.map((branch) => this.model.get(branch) as RecordType)
    const writes = records.map(({ name: branch, tag, fields }, index) => {
      const members = fields.length === 0 ? "" : `      ${this.names.writeOf(branch)}(to, value)\n`
      return `    case ${JSON.stringify(tag)}:\n      to.tag(${index + first})\n${members}      break\n`
    })
    const reads = records.map(({ name: branch, fields }, index) => {
      const label = index === records.length - 1 ? "default" : `case ${index + first}`
      return `    ${label}:\n      return ${this.names.readOf(branch)}(${fields.length === 0 ? "" : "from"})\n`
    })
    const type = nullable ? `${this.type(name)} | null` : this.type(name)
    const writeNull = nullable ? "  if (value === null) {\n    to.tag(0)\n    return\n  }\n" : ""
    const readNull = nullable ? "    case 0:\n      return null\n" : ""
    this.parts.push(
      `const write${name} = (to: Writer, value: ${type}): void => {\n${writeNull}  switch (value.kind) {\n${writes.join("")}  }\n}\n`,
      `const read${name} = (from: Reader): ${type} => {\n  switch (from.tag(${records.length + first})) {\n${readNull}${reads.join("")}  }\n}\n`,
    )
  }

  private writeFunction({ name, fields, groups, shared }: RecordType, exported: string): void {
    const placeOf = (field: string): string => {
      const group = groups.find((one) => one.fields.includes(field))
      return group === undefined ? `value.${field}` : `value.${group.member}.${field}`
    }
    this.use("type Writer", WRITER)
    const body = fields.map((field) => writeText(this.names, field.shape, placeOf(field.name), "  ")).join("")
    if (!shared) {
      this.parts.push(`${exported}const write${name} = (to: Writer, value: ${this.type(name)}): void => {\n${body}}\n`)
      return
    }
    this.use("encodedOnce", ENCODED_ONCE)
    this.parts.push(
      `${exported}const write${name} = encodedOnce((to: Writer, value: ${this.type(name)}): void => {\n${body}})\n`,
    )
  }

  private readFunction({ name, fields, groups, tag }: RecordType, exported: string): void {
    if (fields.length > 0) this.use("type Reader", READER)
    const opening = `${exported}const read${name} = (${fields.length === 0 ? "" : "from: Reader"}): ${this.type(name)} => `
    const reads = fields.map((field) => ({ name: field.name, text: readText(this.names, field.shape) }))
    if (groups.length === 0) {
      const kind = tag === null ? [] : [`kind: ${JSON.stringify(tag)}`]
      const members = [...kind, ...reads.map((field) => `${field.name}: ${field.text}`)]
      const line = `${opening}({ ${members.join(", ")} })\n`
      const lines = `${opening}({\n${members.map((member) => `  ${member},\n`).join("")}})\n`
      this.parts.push(line.length <= WIDTH + 1 ? line : lines)
      return
    }
    // A group's fields need not stand side by side, and are read in the order of the bytes.
    const members = fields.flatMap((field) => {
      const group = groups.find((one) => one.fields.includes(field.name))
      if (group === undefined) return [field.name]
      return group.fields.at(-1) === field.name ? [`${group.member}: { ${group.fields.join(", ")} }`] : []
    })
    const locals = reads.map((field) => `  const ${field.name} = ${field.text}\n`).join("")
    const result = `  return {\n${members.map((member) => `    ${member},\n`).join("")}  }\n`
    this.parts.push(`${opening}{\n${locals}${result}}\n`)
  }

  record(record: RecordType): void {
    const exported = this.others.shared.has(record.name) ? "export " : ""
    for (const union of unionsIn(record)) this.union(union)
    if (record.fields.length > 0) this.writeFunction(record, exported)
    this.readFunction(record, exported)
  }

  /** `encode<codec>` and `decode<codec>`: the record with its header. */
  whole({ name, doc, codec, fixedId }: RecordType): void {
    this.use("writer", WRITER)
    this.use("reader", READER)
    const id = fixedId ? "ID" : "SCHEMA.id"
    const current = fixedId ? "record" : "SCHEMA.current(record)"
    if (fixedId) {
      this.use("SCHEMA_IDS", "../ids/embedded.ts")
      this.parts.unshift(`const ID = SCHEMA_IDS["${this.file}"]\n`)
    } else {
      this.use("boundSchema", "../ids/bound.ts")
      this.parts.unshift(`const SCHEMA = boundSchema("${this.file}")\n`)
    }
    const throws =
      "@throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set"
    const views = holdsBytes(this.model, name) ? "Byte members are views into `record`. " : ""
    this.parts.push(
      `${comment(doc, "", throws)}export const encode${codec} = (value: ${name}): Uint8Array => {
  writer.begin(${id})
  write${name}(writer, value)
  return writer.end()
}
`,
      `${comment(`${views}@throws WireError`)}export const decode${codec} = (record: Uint8Array): ${name} => {
  reader.begin(${current}, ${id})
  const value = read${name}(reader)
  reader.finish()
  return value
}
`,
    )
  }

  text(): string {
    return `${head(`schemas/avsc/${this.file}.avsc`)}${importsOf(this.imports)}\n${this.parts.join("\n")}`
  }
}

/** The text of `generated/<file>.ts`. */
export const codecModule = (model: Model, file: string, others: Others): string => {
  const out = new CodecModule(model, file, others)
  const records = recordsOf(model, file)
  for (const record of records) out.record(record)
  if (others.hasId(file)) out.whole(records.at(-1)!)
  return out.text()
}
