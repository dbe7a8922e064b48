/**
 * Where the `assay` command starts. It keeps V8's code of the modules between calls, which halves the start: so that has to
 * be on before any other module is loaded, and this file imports nothing of ours at its top.
 *
 * The code lies beside the installed packages and not in a directory that every user of the machine may write: whoever can
 * put code there can change the packages, too. Where it cannot be written, the command runs without.
 */
import { enableCompileCache } from "node:module"
import { fileURLToPath } from "node:url"

enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/assay", import.meta.url)))
const { main } = await import("./program.ts")
await main(process.argv.slice(2))
