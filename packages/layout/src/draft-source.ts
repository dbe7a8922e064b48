/**
 * The source of the classes that change a draft. Its bytes are always in the sealed form: where a change makes a part longer
 * or shorter, what is behind it is shifted. So where a part begins is looked up again after each shift.
 */
import type { Group, PlacedArray, Tail } from "./field-places.ts"
import { getCount, type Kinds, setCount } from "./kinds-source.ts"

export const draftSource = (record: Group, kinds: Kinds): string => `
const shift = (of, at, before, after) => {
  if (before === after) return
  if (at + before < of._size) of.bytes.copyWithin(at + after, at + before, of._size)
  of._size += after - before
  of._shifts += 1
}
// Written behind the record first: a value that is refused must leave no trace.
const put = (of, kind, at, before, value) => {
  const aside = of._size + kind.maxBytes
  const length = kind.write(of.view, of.bytes, aside, value)
  shift(of, at, before, length)
  if (length > 0) of.bytes.copyWithin(at, aside, aside + length)
  return length
}
class Draft {
  constructor(open, size) { this._open = open; this.bytes = open.bytes; this.view = open.view; this._size = size; this._shifts = 0 }
${membersOf(record, "record", kinds, "this", "0")}
}
${listsOf(record, "record", kinds, true)}`

/** @param of the draft, and @param start where the group begins: both as source */
const membersOf = ({ scalars, arrays, tails }: Group, id: string, kinds: Kinds, of: string, start: string): string =>
  [
    ...scalars.map(({ name, at, scalar }) => {
      const place = `${start} + ${at}`
      return `  get ${name}() { return ${kinds.read(scalar, of, place)} }
  set ${name}(value) { ${kinds.write(scalar, of, place, "value")} }`
    }),
    ...arrays.map(({ name }) => `  get ${name}() { return new Draft_${id}_${name}(${of}, this) }`),
    ...tails.map((tail, i) => {
      const { name, countAt, variable } = tail
      if (variable === null) return `  get ${name}() { return new Draft_${id}_${name}(${of}, this) }`
      const kind = kinds.nameOf(variable)
      const countPlace = `${start} + ${countAt}`
      const found = `${id}_${i}(${of}.view, ${start}), ${getCount(tail, `${of}.view`, countPlace)}`
      return `  get ${name}() { return ${kind}.read(${of}.view, ${of}.bytes, ${found}) }
  set ${name}(value) {
    const length = put(${of}, ${kind}, ${found}, value)
    ${setCount(tail, `${of}.view`, countPlace, "length")}
  }`
    }),
  ].join("\n")

/** @param isRecord whether the lists are those of the record itself, whose head lies at 0 */
const listsOf = ({ headBytes, arrays, tails }: Group, id: string, kinds: Kinds, isRecord: boolean): string => {
  const parent = isRecord ? "0" : "this._in.start"
  const before = (i: number): string =>
    isRecord && i === 0 ? String(headBytes) : `${id}_${i}(this.of.view, ${parent})`
  return [
    ...arrays.map((one) => itemsOf(one, one.item, `${id}_${one.name}`, kinds, String(one.at), parent)),
    ...tails.map((one, i) =>
      one.item === null ? "" : itemsOf(one, one.item, `${id}_${one.name}`, kinds, before(i), parent),
    ),
  ].join("\n")
}

/**
 * The class of a list or array, and of its items.
 * @param start where the items begin, and @param parent where the group begins that has them: both as source
 */
const itemsOf = (
  one: PlacedArray | Tail,
  item: Group,
  id: string,
  kinds: Kinds,
  start: string,
  parent: string,
): string => {
  const [only] = item.scalars
  const isScalar = only?.name === ""
  const isFixed = item.tails.length === 0
  // Where nothing before it can be shifted, an item stays in its place.
  const stays = isFixed && /^\d+$/.test(start)
  const list = "countAt" in one ? one : null
  const countPlace = `${parent} + ${list?.countAt}`
  const length = list === null ? String(one.max) : getCount(list, "this.of.view", countPlace)
  const set = isScalar
    ? `  set(index, value) { this.check(index); ${kinds.write(only.scalar, "this.of", "this.place(index)", "value")} }`
    : ""
  const read = isScalar
    ? kinds.read(only.scalar, "this.of", "this.place(index)")
    : `new DraftItem_${id}(this.of, ${stays ? "this.place(index)" : "this, index"})`
  const place = isFixed
    ? `return ${start} + index * ${item.headBytes}`
    : `let at = ${start}
    for (let left = index; left > 0; left--) at = ${id}_end(this.of.view, at)
    return at`
  return `class Draft_${id} {
  constructor(of, _in) { this.of = of; this._in = _in }
  get length() { return ${length} }
  check(index) { if (!(index >= 0 && index < this.length)) throw new RangeError(\`\${index} of \${this.length} ${one.name}\`) }
  place(index) { ${place} }
  at(index) { this.check(index); return ${read} }
  [Symbol.iterator]() { return new ItemsIterator(this) }
${set}
${list === null ? "" : changesOf(list, item, id, kinds, countPlace)}
}
${
  isScalar
    ? ""
    : `class DraftItem_${id} {
${stays ? "  constructor(of, start) { this.of = of; this.start = start }" : MOVING_ITEM}
${membersOf(item, id, kinds, "this.of", "this.start")}
}
${listsOf(item, id, kinds, false)}`
}`
}

const MOVING_ITEM = `  constructor(of, list, index) { this.of = of; this._list = list; this._index = index; this._seen = -1; this._start = 0 }
  get start() {
    if (this._seen !== this.of._shifts) {
      this._start = this._list.place(this._index)
      this._seen = this.of._shifts
    }
    return this._start
  }`

/** What a list can do and an array cannot. */
const changesOf = (list: Tail, item: Group, id: string, kinds: Kinds, countPlace: string): string => {
  const [only] = item.scalars
  const isScalar = only?.name === ""
  const size = item.headBytes
  const set = (count: string): string => setCount(list, "this.of.view", countPlace, count)
  const blank = [
    ...item.scalars.map((one) => kinds.writeInitial(one, "this.of", "at")),
    ...item.tails.map((tail) => setCount(tail, "this.of.view", `at + ${tail.countAt}`, "0")),
  ]
  const write = isScalar ? kinds.write(only.scalar, "this.of", "at", "value") : blank.join("\n    ")
  const aside = isScalar ? kinds.write(only.scalar, "this.of", "this.of._size", "value") : ""
  return `  push(${isScalar ? "value" : ""}) { return this.insert(this.length${isScalar ? ", value" : ""}) }
  insert(index${isScalar ? `, value = ${kinds.nameOf(only.scalar)}.initial` : ""}) {
    const { length } = this
    if (length === ${list.max}) throw new RangeError("no more than ${list.max} ${list.name}")
    if (!(index >= 0 && index <= length)) throw new RangeError(\`\${index} of \${length} ${list.name}\`)
    ${aside}
    const at = this.place(index)
    shift(this.of, at, 0, ${size})
    ${write}
    ${set("length + 1")}
    return this.at(index)
  }
  remove(index) {
    this.check(index)
    const at = this.place(index)
    const size = ${item.tails.length === 0 ? size : `${id}_end(this.of.view, at) - at`}
    ${set("this.length - 1")}
    shift(this.of, at, size, 0)
  }
  clear() {
    const at = this.place(0)
    const end = this.place(this.length)
    ${set("0")}
    shift(this.of, at, end - at, 0)
  }`
}
