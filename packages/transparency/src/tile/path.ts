/**
 * Names of tiles (C2SP tlog-tiles). A tile holds up to 256 hashes of one level; tile level L holds nodes of tree level 8L.
 * `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`; N in groups of three digits, all but the last with an x: 1234067
 * is `x001/x234/067`.
 */
export const TILE_HEIGHT = 8
export const TILE_WIDTH = 256

export interface TileId {
  /** Tile level, or `entries`. */
  readonly level: number | "entries"
  readonly index: number
  /** 1..256; less than 256 is a partial tile. */
  readonly width: number
}

const number = (index: number): string => {
  let text = String(index % 1000).padStart(3, "0")
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    text = `x${String(rest % 1000).padStart(3, "0")}/${text}`
  }
  return text
}

/** The path of a tile below the log's directory or URL. */
export const tilePath = (tile: TileId): string => {
  const partial = tile.width < TILE_WIDTH ? `.p/${tile.width}` : ""
  return `tile/${tile.level}/${number(tile.index)}${partial}`
}

/** How many nodes tile level `level` has in a tree of `size` leaves. */
export const nodesAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level)

/** The width of a tile in a tree of `size` leaves; 0 where it does not exist. */
export const widthAt = (level: number | "entries", index: number, size: number): number => {
  const nodes = nodesAt(level === "entries" ? 0 : level, size)
  return Math.max(0, Math.min(TILE_WIDTH, nodes - index * TILE_WIDTH))
}
