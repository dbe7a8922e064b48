/** One line of CSV (RFC 4180) in cells. A cell that spans lines is not read: no reading needs one. */

/** Comma, semicolon or tab: what the header has most of. */
export const separatorOf = (header: string): string =>
  [",", ";", "\t"].reduce((best, one) => (header.split(one).length > header.split(best).length ? one : best))

/** The cells, or null where a quote is never closed. */
export const cellsOf = (line: string, separator: string): ReadonlyArray<string> | null => {
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim())
  const cells: Array<string> = []
  let at = 0
  for (;;) {
    while (line[at] === " ") at++
    if (line[at] === '"') {
      let cell = ""
      for (at++; ; at++) {
        const end = line.indexOf('"', at)
        if (end < 0) return null
        cell += line.slice(at, end)
        at = end + 1
        if (line[at] !== '"') break
        cell += '"'
      }
      cells.push(cell)
      const end = line.indexOf(separator, at)
      if (end < 0) return cells
      at = end + 1
    } else {
      const end = line.indexOf(separator, at)
      cells.push(line.slice(at, end < 0 ? undefined : end).trim())
      if (end < 0) return cells
      at = end + 1
    }
  }
}
