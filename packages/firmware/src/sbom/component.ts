/** A piece of software as bills of materials and advisories name it, and whether two of them speak of the same. */

/** What is not said is null, or empty. */
export interface Software {
  readonly name: string
  readonly version: string | null
  /** Package URL, as written. */
  readonly purl: string | null
  /** CPE 2.3, as written. */
  readonly cpe: string | null
  /** SHA-256 of its image, hex, lower case. */
  readonly digests: ReadonlyArray<string>
}

export interface PackageUrl {
  readonly type: string
  /** Namespace and name, decoded. */
  readonly path: string
  readonly version: string | null
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // not escaped as a URL is: compared as it stands
  }
}

/** Null where it is no package URL. Qualifiers and the path within a package say nothing of whether it is the same one. */
export const parsePurl = (text: string): PackageUrl | null => {
  const match = /^pkg:\/*([A-Za-z0-9.+-]+)\/([^?#]+)/.exec(text)
  if (match === null) return null
  const rest = match[2]!
  const at = rest.lastIndexOf("@")
  const path = at > 0 ? rest.slice(0, at) : rest
  return {
    type: match[1]!.toLowerCase(),
    path: path.split("/").map(decoded).join("/").toLowerCase(),
    version: at > 0 ? decoded(rest.slice(at + 1)) : null,
  }
}

/** Whether a name that an advisory uses is that of the software: without version it is that of every one. */
export const isSamePurl = (named: string, of: Software): boolean => {
  const [a, b] = [parsePurl(named), of.purl === null ? null : parsePurl(of.purl)]
  if (a === null || b === null || a.type !== b.type || a.path !== b.path) return false
  const version = of.version ?? b.version
  return a.version === null || version === null || a.version === version
}

/** CPE 2.3 part by part; `*` matches all, and so does what is not said. */
export const isSameCpe = (named: string, of: Software): boolean => {
  if (of.cpe === null) return false
  const [a, b] = [named, of.cpe].map((text) => text.toLowerCase().split(/(?<!\\):/))
  if (a![0] !== "cpe" || b![0] !== "cpe" || a!.length < 5 || b!.length < 5) return false
  return a!.every((part, n) => part === "*" || b![n] === undefined || b![n] === "*" || b![n] === part)
}
