/** The name of a device's credential among those of many. */
import { hash } from "node:crypto"

/** Two DIDs have two names, whatever their characters. */
export const credentialFile = (device: string): string => `${hash("sha256", device, "hex").slice(0, 32)}.jwt`
