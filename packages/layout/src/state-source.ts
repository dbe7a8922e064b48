/** The source of the classes that read a state. Where a part begins is found once: it stays there. */
import type { Group, PlacedArray, Tail } from "./field-places.ts"
import { getCount, type Kinds } from "./kinds-source.ts"

/** @param id names the functions and classes of the group */
export const stateSource = (record: Group, kinds: Kinds): string => `class State {
  constructor(sealed, from, at, size) { this.sealed = sealed; this._from = from; this._at = at; this._size = size }
  get bytes() { if (shown.state !== this) show(this); return readingBytes }
  get view() { if (shown.state !== this) show(this); return readingView }
${membersOf(record, "record", kinds, "this", "0")}
}
${listsOf(record, "record", kinds)}`

/** What goes through the items of a list. A generator would be an object with a frame of its own for each loop. */
export const ITEMS_ITERATOR = `class ItemsIterator extends Iterator {
  constructor(items) { super(); this._items = items; this._next = 0 }
  next() {
    const { _items, _next } = this
    if (_next >= _items.length) return { done: true, value: undefined }
    this._next = _next + 1
    return { done: false, value: _items.at(_next) }
  }
}`

/** @param of the state, and @param start where the group begins: both as source */
const membersOf = ({ scalars, arrays, tails }: Group, id: string, kinds: Kinds, of: string, start: string): string =>
  [
    ...scalars.map(
      ({ name, at, scalar }) => `  get ${name}() { return ${kinds.read(scalar, of, `${start} + ${at}`)} }`,
    ),
    ...arrays.map(({ name, at, max }) => `  get ${name}() { return new State_${id}_${name}(${of}, ${at}, ${max}) }`),
    ...tails.map((tail, i) => {
      const { name, countAt, variable } = tail
      const found = `${id}_${i}(view, ${start}), ${getCount(tail, "view", `${start} + ${countAt}`)}`
      const made =
        variable === null
          ? `new State_${id}_${name}(${of}, ${found})`
          : `${kinds.nameOf(variable)}.read(view, readingBytes, ${found})`
      return `  get ${name}() { const { view } = ${of}; return ${made} }`
    }),
  ].join("\n")

const listsOf = ({ arrays, tails }: Group, id: string, kinds: Kinds): string =>
  [...arrays, ...tails]
    .map((one) => (one.item === null ? "" : listOf(one, one.item, `${id}_${one.name}`, kinds)))
    .join("\n")

const listOf = (one: PlacedArray | Tail, item: Group, id: string, kinds: Kinds): string => {
  const [only] = item.scalars
  const isScalar = only?.name === ""
  const isFixed = item.tails.length === 0
  const place = isFixed
    ? `const at = this.start + index * ${item.headBytes}`
    : `const { view } = this.of
    let at = this.start
    for (let left = index; left > 0; left--) at = ${id}_end(view, at)`
  return `class State_${id} {
  constructor(of, start, length) { this.of = of; this.start = start; this.length = length }
  at(index) {
    if (!(index >= 0 && index < this.length)) throw new RangeError(\`\${index} of \${this.length} ${one.name}\`)
    ${place}
    return ${isScalar ? kinds.read(only.scalar, "this.of", "at") : `new StateItem_${id}(this.of, at)`}
  }
  [Symbol.iterator]() { return new ItemsIterator(this) }
}
${
  isScalar
    ? ""
    : `class StateItem_${id} {
  constructor(of, start) { this.of = of; this.start = start }
${membersOf(item, id, kinds, "this.of", "this.start")}
}
${listsOf(item, id, kinds)}`
}`
}
