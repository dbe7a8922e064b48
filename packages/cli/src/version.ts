/** The version of the command, as its package says it. */
import manifest from "../package.json" with { type: "json" }

export const version: string = manifest.version
