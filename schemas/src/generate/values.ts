/** How a value is written and read, by its shape: statements and expressions over `to: Writer` and `from: Reader`. */
import type { EnumType, Model, Shape } from "./model.ts"

/** Names that a generated module uses. Each call imports the name where it is not the module's own. */
export interface Names {
  readonly model: Model
  readonly file: string
  type(name: string): string
  /** The list of an enum's symbols. */
  symbols(type: EnumType): string
  /** A function of `src/wire/reader.ts`. */
  reader(name: "readBytes" | "readString" | "readWord"): string
  writeOf(record: string): string
  readOf(record: string): string
}

const isText = (shape: Shape): boolean =>
  shape.kind === "word" || (shape.kind === "primitive" && shape.name === "string")

/** Whether it is looked up among the strings that were read lately. */
const isRepeated = (shape: Shape): boolean => shape.kind === "word" || (shape.kind === "primitive" && shape.repeats)

const unsupported = (names: Names, shape: Shape): never => {
  throw new Error(`${names.file}.avsc: no codec is made for an array of ${JSON.stringify(shape)}`)
}

/** Statements that write `value`. */
export const writeText = (names: Names, shape: Shape, value: string, indent: string): string => {
  switch (shape.kind) {
    case "primitive":
      return `${indent}to.${shape.name}(${value})\n`
    case "word":
      return `${indent}to.string(${value})\n`
    case "named": {
      const type = names.model.get(shape.name)!
      if (type.kind === "enum") return `${indent}to.symbol(${names.symbols(type)}, ${value})\n`
      return `${indent}${names.writeOf(shape.name)}(to, ${value})\n`
    }
    case "optional":
      if (isText(shape.of)) return `${indent}to.optionalString(${value})\n`
      return [
        `${indent}if (${value} === null) to.tag(0)\n`,
        `${indent}else {\n`,
        `${indent}  to.tag(1)\n`,
        writeText(names, shape.of, value, `${indent}  `),
        `${indent}}\n`,
      ].join("")
    case "array":
      if (isText(shape.of)) return `${indent}to.strings(${value})\n`
      return [
        `${indent}if (to.items(${value}.length)) {\n`,
        `${indent}  for (let i = 0; i < ${value}.length; i++) ${writeText(names, shape.of, `${value}[i]!`, "")}`,
        `${indent}  to.tag(0)\n`,
        `${indent}}\n`,
      ].join("")
    case "tagged":
      return `${indent}write${shape.name}(to, ${value})\n`
  }
}

const readItems = (names: Names, item: Shape): string => {
  if (isText(item)) return `from.array(${names.reader(isRepeated(item) ? "readWord" : "readString")})`
  if (item.kind === "primitive" && item.name === "bytes") return `from.array(${names.reader("readBytes")})`
  if (item.kind === "named" && names.model.get(item.name)!.kind === "record") {
    return `from.array(${names.readOf(item.name)})`
  }
  return unsupported(names, item)
}

/** An expression that reads a value. */
export const readText = (names: Names, shape: Shape): string => {
  switch (shape.kind) {
    case "primitive":
      return isText(shape) && isRepeated(shape) ? "from.word()" : `from.${shape.name}()`
    case "word":
      return `from.word() as ${names.type(shape.name)}`
    case "named": {
      const type = names.model.get(shape.name)!
      return type.kind === "enum" ? `from.symbol(${names.symbols(type)})` : `${names.readOf(shape.name)}(from)`
    }
    case "optional": {
      const { of } = shape
      if (of.kind === "word") return `from.optionalWord() as ${names.type(of.name)} | null`
      if (isText(of)) return isRepeated(of) ? "from.optionalWord()" : "from.optionalString()"
      return `from.tag(2) === 0 ? null : ${readText(names, of)}`
    }
    case "array": {
      const items = readItems(names, shape.of)
      return shape.of.kind === "word" ? `${items} as ReadonlyArray<${names.type(shape.of.name)}>` : items
    }
    case "tagged":
      return `read${shape.name}(from)`
  }
}
