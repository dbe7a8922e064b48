/**
 * Makes the classes behind the accessors of a record. Their source is put together from the names and offsets of the
 * fields: one getter and one setter for each, whose offset is a constant. Accessors that share one function for all
 * fields cost three to five times as much, since V8 then cannot distinguish them. Names are checked by `field-places.ts`.
 */
import type { AnyScalar, Placed, PlacedItems, PlacedScalar } from "./field-places.ts"

/** An open record. */
export interface Open {
  bytes: Buffer
  view: DataView
}

export interface Accessors {
  state(sealed: string): object
  draft(open: Open): object
  /** Ends a draft: every later use of it throws. */
  retire(draft: Open): void
}

/** What the generated source calls: `k0`, `k1` and so on, each a kind that occurs. */
class Kinds {
  readonly values: Array<AnyScalar> = []

  /** Declares them, from an array of the name `kinds`. */
  get source(): string {
    return this.values
      .map((_, i) => `const k${i} = kinds[${i}], check${i} = k${i}.direct === undefined ? null : k${i}.direct.check`)
      .join("\n")
  }

  read(scalar: AnyScalar, record: string, at: string): string {
    const { direct } = scalar
    if (direct !== undefined) return `${record}.view.get${direct.type}(${at}, true)`
    return `k${this.indexOf(scalar)}.read(${record}.view, ${record}.bytes, ${at})`
  }

  write(scalar: AnyScalar, record: string, at: string, value: string): string {
    const { direct } = scalar
    const index = this.indexOf(scalar)
    if (direct === undefined) return `k${index}.write(${record}.view, ${record}.bytes, ${at}, ${value})`
    const set = `${record}.view.set${direct.type}(${at}, ${value}, true)`
    return direct.check === null ? set : `check${index}(${value}); ${set}`
  }

  writeInitial(scalar: AnyScalar, record: string, at: string): string {
    return this.write(scalar, record, at, `k${this.indexOf(scalar)}.initial`)
  }

  private indexOf(scalar: AnyScalar): number {
    const known = this.values.indexOf(scalar)
    return known >= 0 ? known : this.values.push(scalar) - 1
  }
}

const CLOSED: Open = { bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)) }

export const accessorsOf = (
  placed: Placed,
  shown: { state: unknown },
  show: (state: { readonly sealed: string }) => void,
  reading: Open,
): Accessors => {
  const kinds = new Kinds()
  const classes = `class State {
  constructor(sealed) { this.sealed = sealed }
  get bytes() { if (shown.state !== this) show(this); return readingBytes }
  get view() { if (shown.state !== this) show(this); return readingView }
${membersOf(placed, kinds, false)}
}
class Draft {
  constructor(open) { this.bytes = open.bytes; this.view = open.view }
${membersOf(placed, kinds, true)}
}
${placed.items.map((one) => `${itemsOf(one, kinds, false)}\n${itemsOf(one, kinds, true)}`).join("\n")}
return { State, Draft }`
  const source = `"use strict"
const { bytes: readingBytes, view: readingView } = reading
${kinds.source}
${classes}`
  const { State, Draft } = new Function("shown", "show", "reading", "kinds", source)(shown, show, reading, kinds.values)
  return {
    state: (sealed) => new State(sealed),
    draft: (open) => new Draft(open),
    retire: (draft) => {
      draft.bytes = CLOSED.bytes
      draft.view = CLOSED.view
    },
  }
}

const classOf = ({ name }: PlacedItems, isDraft: boolean): string => `${isDraft ? "Draft" : "State"}_${name}`

const membersOf = ({ scalars, items }: Placed, kinds: Kinds, isDraft: boolean): string =>
  [
    ...scalars.map((one) => member(one, kinds, "this", String(one.at), isDraft)),
    ...items.map((one) => `  get ${one.name}() { return new ${classOf(one, isDraft)}(this) }`),
  ].join("\n")

const member = ({ name, scalar }: PlacedScalar, kinds: Kinds, record: string, at: string, isDraft: boolean): string => {
  const getter = `  get ${name}() { return ${kinds.read(scalar, record, at)} }`
  return isDraft
    ? `${getter}
  set ${name}(value) { ${kinds.write(scalar, record, at, "value")} }`
    : getter
}

/** The class of a list or array, and the one of its items where these have fields. */
const itemsOf = (one: PlacedItems, kinds: Kinds, isDraft: boolean): string => {
  const { name, at, itemBytes, max, countAt, item } = one
  const list = classOf(one, isDraft)
  const isScalar = item.length === 1 && item[0]!.name === ""
  const place = `${at} + index * ${itemBytes}`
  const atIndex = isScalar ? kinds.read(item[0]!.scalar, "this.of", place) : `new ${list}_item(this.of, ${place})`
  const count = max <= 0xff ? `getUint8(${countAt})` : `getUint16(${countAt}, true)`
  const setCount = (value: string): string =>
    max <= 0xff ? `this.of.view.setUint8(${countAt}, ${value})` : `this.of.view.setUint16(${countAt}, ${value}, true)`
  const blank = item.map((part) => kinds.writeInitial(part.scalar, "this.of", `${place} + ${part.at}`))
  const setter = isScalar
    ? `
  set(index, value) { this.check(index); ${kinds.write(item[0]!.scalar, "this.of", place, "value")} }`
    : ""
  const changes = `
  push() {
    const index = this.length
    if (index === ${max}) throw new RangeError("no more than ${max} ${name}")
    ${setCount("index + 1")}
    ${blank.join("\n    ")}
    return this.at(index)
  }
  removeFirst() {
    const { length } = this
    if (length === 0) throw new RangeError("no ${name}")
    this.of.bytes.copyWithin(${at}, ${at + itemBytes}, ${at} + length * ${itemBytes})
    ${setCount("length - 1")}
  }
  clear() { ${setCount("0")} }`
  return `class ${list} {
  constructor(of) { this.of = of }
  get length() { return ${countAt === null ? max : `this.of.view.${count}`} }
  check(index) { if (!(index >= 0 && index < this.length)) throw new RangeError(\`\${index} of \${this.length} ${name}\`) }
  at(index) { this.check(index); return ${atIndex} }${isDraft ? setter : ""}${isDraft && countAt !== null ? changes : ""}
}
${
  isScalar
    ? ""
    : `class ${list}_item {
  constructor(of, at) { this.of = of; this.start = at }
${item.map((part) => member(part, kinds, "this.of", `this.start + ${part.at}`, isDraft)).join("\n")}
}`
}`
}
