/** The source of the functions that find a tail by what is before it: `record_0`, `record_1`, `record_end` and so on. */
import type { Group } from "./field-places.ts"
import { getCount } from "./kinds-source.ts"

/** @param id names the functions of the group; each takes the view and where the group begins */
export const placesOf = ({ headBytes, tails }: Group, id: string): string => {
  const nested = tails.flatMap(({ name, item }) => (item === null ? [] : [placesOf(item, `${id}_${name}`)]))
  const places = [...tails.keys(), "end"].map((name, i) => {
    if (i === 0) return `const ${id}_${name} = (view, start) => start + ${headBytes}`
    const before = tails[i - 1]!
    const count = getCount(before, "view", `start + ${before.countAt}`)
    const from = `${id}_${i - 1}(view, start)`
    if (before.unit !== null) return `const ${id}_${name} = (view, start) => ${from} + ${count} * ${before.unit}`
    return `const ${id}_${name} = (view, start) => {
  let at = ${from}
  for (let left = ${count}; left > 0; left--) at = ${id}_${before.name}_end(view, at)
  return at
}`
  })
  return [...nested, ...places].join("\n")
}
