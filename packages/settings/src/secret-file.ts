/** A file that holds a secret and nothing else, as containers are given them. */
import { readFileSync } from "node:fs"

/**
 * Links are followed: Kubernetes mounts secrets as links. The end of a line at the end does not count; nothing else is cut.
 * @throws NodeJS.ErrnoException where it cannot be read
 */
export const secretInFile = (path: string): string => readFileSync(path, "utf8").replace(/\r?\n$/, "")
