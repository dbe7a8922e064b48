/** From the model to TypeScript types. */
import { type EnumType, type Model, type NamedType, type RecordType, type Shape, unionsIn } from "./model.ts"
import { comment, head, importsOf } from "./text.ts"

const TYPES = {
  boolean: "boolean",
  int: "number",
  long: "number",
  double: "number",
  bytes: "Uint8Array",
  string: "string",
} as const

/** The TypeScript type of a value. */
export const typeText = (shape: Shape): string => {
  switch (shape.kind) {
    case "primitive":
      return TYPES[shape.name]
    case "word":
    case "named":
      return shape.name
    case "tagged":
      return shape.nullable ? `${shape.name} | null` : shape.name
    case "optional":
      return `${typeText(shape.of)} | null`
    case "array":
      return `ReadonlyArray<${typeText(shape.of)}>`
  }
}

const enumText = ({ name, doc, symbols, list }: EnumType): string => {
  const words = symbols.map((symbol) => JSON.stringify(symbol)).join(", ")
  return `export const ${list} = [${words}] as const\n${comment(doc)}export type ${name} = (typeof ${list})[number]\n`
}

const memberText = (name: string, type: string, doc: string | null): string =>
  `${comment(doc, "  ")}  readonly ${name}: ${type}\n`

const interfaceText = (name: string, doc: string | null, members: string): string =>
  `${comment(doc)}export interface ${name} {\n${members}}\n`

/** A group stands where its last field does: what its fields enclose comes before it. */
const recordText = (record: RecordType): string => {
  const grouped = new Map(record.groups.flatMap((group) => group.fields.map((field) => [field, group])))
  const groups = record.groups.map((group) => {
    const members = group.fields.map((name) => {
      const field = record.fields.find((one) => one.name === name)
      if (field === undefined) throw new Error(`${record.file}.avsc: the group ${group.member} names ${name}, no field`)
      return memberText(name, typeText(field.shape), field.doc)
    })
    return interfaceText(group.type, group.doc, members.join(""))
  })
  const members = record.fields.map(({ name, shape, doc }) => {
    const group = grouped.get(name)
    if (group === undefined) return memberText(name, typeText(shape), doc)
    return group.fields.at(-1) === name ? memberText(group.member, group.type, null) : ""
  })
  const tag = record.tag === null ? "" : memberText("kind", JSON.stringify(record.tag), null)
  const unions = unionsIn(record).map(
    ({ name, doc, branches }) => `${comment(doc)}export type ${name} = ${branches.join(" | ")}\n`,
  )
  return [...groups, ...unions, interfaceText(record.name, record.doc, tag + members.join(""))].join("\n")
}

const wordsIn = (shape: Shape): ReadonlyArray<string> => {
  if (shape.kind === "word") return [shape.name]
  return shape.kind === "optional" || shape.kind === "array" ? wordsIn(shape.of) : []
}

/**
 * The module that declares the named types.
 * @param moduleOf where a type or word that is not among them is imported from
 */
export const typesModule = (model: Model, names: ReadonlySet<string>, moduleOf: (name: string) => string): string => {
  const types = [...names].sort().map((name) => model.get(name)!)
  const used = new Map<string, Set<string>>()
  const use = (name: string): void => {
    if (names.has(name)) return
    const from = moduleOf(name)
    used.set(from, (used.get(from) ?? new Set()).add(`type ${name}`))
  }
  for (const type of types) {
    if (type.kind !== "record") continue
    for (const { shape } of type.fields) for (const name of [...wordsIn(shape), ...outerNames(shape)]) use(name)
  }
  return [head("schemas/avsc"), importsOf(used), "\n", types.map(declarationText).join("\n")].join("")
}

const declarationText = (type: NamedType): string => (type.kind === "enum" ? enumText(type) : recordText(type))

const outerNames = (shape: Shape): ReadonlyArray<string> => {
  if (shape.kind === "named") return [shape.name]
  return shape.kind === "optional" || shape.kind === "array" ? outerNames(shape.of) : []
}
