/** Names of measurements as SenML allows them (RFC 8428, section 4.5.1): a file may write others. */

const NOT_ALLOWED = /[^A-Za-z0-9:._/-]/g
const CHARS = 128
/** Beyond so many, names are made anew each time, and the same. */
const REMEMBERED = 100_000

/** Two names of a file stay two: what had to be changed bears a hash of what it was. */
export class SenmlNames {
  private readonly known = new Map<string, string>()

  of(name: string): string {
    const known = this.known.get(name)
    if (known !== undefined) return known
    const made = make(name)
    if (this.known.size < REMEMBERED) this.known.set(name, made)
    return made
  }
}

const make = (name: string): string => {
  const allowed = name.replace(NOT_ALLOWED, "_").replaceAll("..", "_.").slice(0, CHARS)
  return allowed === name ? name : `${allowed}-${hashOf(name)}`
}

/** FNV-1a, 32 bits. */
const hashOf = (text: string): string => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16)
}
