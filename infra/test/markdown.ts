/** What a page of Markdown can be linked by, and what it links to; as GitHub shows it; and the paths that it names. Enough for our pages. */

const FENCED = /^```[^\n]*\n[\s\S]*?^```/gm

/** A heading's anchor: lower case, letters, digits, dashes and underscores; a dash for each space. */
const slug = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\-_ ]/gu, "")
    .replaceAll(" ", "-")

/** In the order of the page. A heading that comes again gets a number. */
export const anchorsOf = (page: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  const seen = new Map<string, number>()
  for (const [, heading, id] of page.replace(FENCED, "").matchAll(/^#{1,6} (.+)$|<a id="([^"]+)"><\/a>/gm)) {
    if (id !== undefined) {
      anchors.add(id)
      continue
    }
    const name = slug(heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"))
    const times = seen.get(name) ?? 0
    seen.set(name, times + 1)
    anchors.add(times === 0 ? name : `${name}-${times}`)
  }
  return anchors
}

export interface Link {
  /** Relative to the page; empty for the page itself. */
  readonly path: string
  /** Without `#`; empty where there is none. */
  readonly anchor: string
}

/** Links within the repository. */
export const linksOf = (page: string): ReadonlyArray<Link> =>
  [
    ...page
      .replace(FENCED, "")
      .replace(/`[^`\n]*`/g, "")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#")
      return { path, anchor }
    })

const TOP = "packages|services|schemas|infra|testkit|load-tests|test/system|docs"
const NAMED = new RegExp(String.raw`(?<![\w@./:-])(?:\.\.?/)*((?:${TOP})/[\w.@*<>{},/-]*[\w*>}])`, "g")
const OWN = /`((?:src|test|bench)\/[\w./-]+)`/g

/**
 * Files and directories of this repository that a page names, in text or code: from the root, and as `src/...` or
 * `test/...` from the page itself. A path with a placeholder (`<name>`, `*`, `{a,b}`) is cut before it.
 */
export const pathsOf = (
  page: string,
): { readonly root: ReadonlyArray<string>; readonly own: ReadonlyArray<string> } => {
  const cut = (path: string): string => path.replace(/[^/]*[*<{].*$/, "").replace(/\/+$/, "")
  const all = (pattern: RegExp): ReadonlyArray<string> => [
    ...new Set([...page.matchAll(pattern)].map(([, path]) => cut(path!)).filter((path) => path !== "")),
  ]
  return { root: all(NAMED), own: all(OWN) }
}
