/** The pinned roots: a small file outside the data directory, `{"roots": [did:key...], "threshold": N}`. */
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { resolve, sep } from "node:path"
import { repeatedKeys, resolveDeviceKey } from "@assay/did"
import { ConfigurationError } from "@assay/settings"
import type { RootSet } from "@assay/trust"

/** Where a path leads, through links; what is not there yet has none. */
const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path))

/** Whether the path leads to something within the directory, through links too. */
export const isWithin = (path: string, dir: string): boolean => real(path).startsWith(real(dir) + sep)

/** @throws ConfigurationError that names the file and the key which is wrong */
export const readRoots = (path: string, dataDir: string | null): RootSet => {
  if (dataDir !== null && isWithin(path, dataDir)) {
    throw new ConfigurationError(
      `${path} lies inside the data directory ${dataDir}: whoever can write there could then name the roots; keep it outside`,
    )
  }
  let file: { roots?: unknown; threshold?: unknown }
  try {
    file = JSON.parse(readFileSync(path, "utf8")) as typeof file
  } catch (cause) {
    throw new ConfigurationError(
      `${path}: the pinned roots cannot be read: ${(cause as Error).message}; assay init makes a set to start with`,
    )
  }
  const { roots, threshold } = file
  if (!Array.isArray(roots) || roots.length === 0)
    throw new ConfigurationError(`${path}: "roots" must be a list of did:key`)
  for (const root of roots) {
    const key = resolveDeviceKey(String(root))
    if ("reason" in key) throw new ConfigurationError(`${path}: "roots": ${root} cannot be used: ${key.detail}`)
  }
  const [again] = repeatedKeys(roots as Array<string>)
  if (again !== undefined)
    throw new ConfigurationError(
      `${path}: "roots": ${roots[again.at]} is the key of ${roots[again.first]}, and one key counts once: name each key by one DID`,
    )
  if (!Number.isInteger(threshold) || (threshold as number) < 1 || (threshold as number) > roots.length) {
    throw new ConfigurationError(`${path}: "threshold" must be a whole number from 1 to ${roots.length}`)
  }
  return { roots: roots as Array<string>, threshold: threshold as number }
}
