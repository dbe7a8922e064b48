/** From Avro schemas to TypeScript types. */
type Schema = string | ReadonlyArray<Schema> | Definition
interface Definition {
  readonly type: Schema
  readonly name?: string
  readonly doc?: string
  readonly symbols?: ReadonlyArray<string>
  readonly items?: Schema
  readonly values?: Schema
  readonly fields?: ReadonlyArray<{ readonly name: string; readonly type: Schema; readonly doc?: string }>
  /** The word of @assay/trust that this string is one of: a union that may grow, so no Avro enum. */
  readonly trustType?: string
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: "null",
  boolean: "boolean",
  int: "number",
  long: "number",
  float: "number",
  double: "number",
  bytes: "Uint8Array",
  fixed: "Uint8Array",
  string: "string",
}

const short = (name: string): string => name.slice(name.lastIndexOf(".") + 1)

const comment = (doc: string | undefined, indent: string): string =>
  doc === undefined ? "" : `${indent}/** ${doc} */\n`

/** Collects the declarations of every named type, each once, and the words of @assay/trust that they use. */
export interface Declarations {
  /** Adds a resolved schema (see `schemaOf`) and whatever is defined in it. @throws Error where a name has two meanings. */
  add(schema: object): void
  /** The text of the module. */
  text(): string
}

export const declarations = (): Declarations => {
  const types = new Map<string, string>()
  const words = new Set<string>()

  const textOf = (definition: Definition, name: string): string => {
    const doc = comment(definition.doc, "")
    if (definition.type === "enum") {
      const symbols = (definition.symbols ?? []).map((symbol) => JSON.stringify(symbol)).join(" | ")
      return `${doc}export type ${name} = ${symbols}\n`
    }
    if (definition.type === "fixed") return `${doc}export type ${name} = Uint8Array\n`
    const fields = (definition.fields ?? []).map(
      (field) => `${comment(field.doc, "  ")}  readonly ${field.name}: ${render(field.type)}\n`,
    )
    return `${doc}export interface ${name} {\n${fields.join("")}}\n`
  }

  const declare = (definition: Definition, name: string): void => {
    const text = textOf(definition, name)
    const known = types.get(name)
    if (known !== undefined && known !== text) throw new Error(`two schemas define ${name}, and not alike`)
    types.set(name, text)
  }

  const render = (schema: Schema): string => {
    if (typeof schema === "string") return PRIMITIVES[schema] ?? short(schema)
    if ("length" in schema) {
      const branches = schema.map(render)
      return [
        ...branches.filter((branch) => branch !== "null"),
        ...branches.filter((branch) => branch === "null"),
      ].join(" | ")
    }
    if (schema.trustType !== undefined) {
      words.add(schema.trustType)
      return schema.trustType
    }
    if (schema.name !== undefined && typeof schema.type === "string") {
      declare(schema, short(schema.name))
      return short(schema.name)
    }
    if (schema.type === "array") return `ReadonlyArray<${render(schema.items ?? "null")}>`
    if (schema.type === "map") return `Readonly<Record<string, ${render(schema.values ?? "null")}>>`
    return render(schema.type)
  }

  return {
    add: (schema) => {
      const definition = schema as Definition
      if (definition.name !== undefined) declare(definition, short(definition.name))
    },
    text: () => {
      const imports = words.size === 0 ? "" : `import type { ${[...words].sort().join(", ")} } from "@assay/trust"\n\n`
      const sorted = [...types].sort(([a], [b]) => (a < b ? -1 : 1))
      return `// Made from schemas/avsc by \`npm run schemas:generate\`. Do not edit.\n${imports}${sorted.map(([, text]) => text).join("\n")}`
    },
  }
}
