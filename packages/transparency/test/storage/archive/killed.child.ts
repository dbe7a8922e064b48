/** Prunes a log's directory, as a process of its own that a test kills: `DIRECTORY ARCHIVE BELOW`. */
import { readFileSync } from "node:fs"
import { readCheckpoint } from "../../../src/checkpoint.ts"
import { Archive } from "../../../src/storage/archive/archive.ts"
import { prune } from "../../../src/storage/archive/prune.ts"
import { parseRetention } from "../../../src/storage/archive/retention.ts"

const [directory = "", away = "", below = ""] = process.argv.slice(2)
const note = readFileSync(`${directory}/checkpoint`, "utf8")
const head = readCheckpoint(note)
const retention = parseRetention('{"format":"assay-retention/1","keep":"0d","witnessed":false,"anchored":false}')
const archive = await Archive.open(away, head.origin)
process.stdout.write("begun\n")
await prune({ directory, archive, retention, head, note, below: Number(below) })
