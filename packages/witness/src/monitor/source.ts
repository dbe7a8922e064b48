/** Where a log is read from: what C2SP tlog-tiles serves below a URL, or a directory with the same files. */
import { type TileReader, tilePath } from "@assay/transparency"
import { directoryTiles, readCosigned, readPublished } from "@assay/transparency/storage"
import { below, CallError, call } from "../client/http.ts"

export interface LogSource {
  /** The newest checkpoint; null where there is none. @throws CallError where it cannot be had */
  published(): Promise<string | null>
  /** The newest one that witnesses cosigned; null where there is none of its own. @throws CallError */
  cosigned(): Promise<string | null>
  readonly tiles: TileReader
}

/** A hundred cosignatures with ML-DSA-44 have some 330 kB. */
const MAX_NOTE = 512 << 10
/** 256 hashes. */
const MAX_TILE = 8_192
const TILE_WIDTH = 256

const fromUrl = (url: string, timeoutMs: number): LogSource => {
  const get = async (path: string, maxBytes: number): Promise<Uint8Array | null> => {
    const { status, body } = await call(below(url, path), { timeoutMs, maxBytes })
    if (status === 200) return body
    if (status === 404) return null
    throw new CallError(`${below(url, path)} answers ${status}`)
  }
  const note = async (path: string): Promise<string | null> => {
    const bytes = await get(path, MAX_NOTE)
    return bytes === null ? null : Buffer.from(bytes).toString("utf8")
  }
  return {
    published: () => note("checkpoint"),
    cosigned: () => note("checkpoint.cosigned"),
    tiles: {
      // A partial tile that is gone is answered from the full one, as the specification lets a log do.
      read: async (tile) =>
        (await get(tilePath(tile), MAX_TILE)) ??
        (tile.width === TILE_WIDTH ? null : get(tilePath({ ...tile, width: TILE_WIDTH }), MAX_TILE)),
    },
  }
}

/** @param place an http or https URL, or a directory */
export const sourceAt = (place: string, timeoutMs: number): LogSource =>
  /^https?:\/\//.test(place)
    ? fromUrl(place, timeoutMs)
    : {
        published: () => readPublished(place),
        cosigned: () => readCosigned(place),
        tiles: directoryTiles(place),
      }
