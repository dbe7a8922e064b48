/** Members that a record has besides its fields. */
const TAKEN = new Set(["view", "bytes", "sealed", "of", "start", "constructor"])
const NAME = /^[a-z][A-Za-z0-9]*$/

/**
 * A name that is safe to put into generated source, and no member of a record already.
 * @throws TypeError
 */
export const checkedName = (name: string): string => {
  if (TAKEN.has(name) || !NAME.test(name)) throw new TypeError(`"${name}" cannot be the name of a field`)
  return name
}
