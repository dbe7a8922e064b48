/** `assay anchor audit`: a whole anchor log against the chain, and against copies of the partitions' logs, by a node of one's own. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { type AnchoredLog, AnchorLog, auditAnchorLog } from "@assay/anchor"
import { contractHeads, rpcAt } from "@assay/anchor/evm"
import { equalHash, NoteError, openCosigned, type Policy } from "@assay/transparency"
import { directoryTiles, readCosigned, readPublished } from "@assay/transparency/storage"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import type { Output } from "../output.ts"
import { keysOf, logKeysIn, policyIn, readKeys } from "../verifier-keys.ts"
import { placesOf } from "./places.ts"

/** The logs below a directory, `pNNN` each, under the keys of the call. @throws UsageError where a key is missing */
const logsIn = async (dir: string, keys: string): Promise<ReadonlyArray<AnchoredLog>> => {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => /^p\d+$/.test(name)) : []
  if (names.length === 0)
    throw new UsageError(`${dir} holds no logs (p000, ...): name a copy of a data directory's tlog/`)
  const logs: Array<AnchoredLog> = []
  for (const name of names.sort()) {
    const directory = join(dir, name)
    const note = await readPublished(directory)
    if (note === null) continue
    const origin = note.slice(0, note.indexOf("\n"))
    logs.push({
      origin,
      keys: keysOf(keys, origin),
      tiles: directoryTiles(directory),
      published: () => readPublished(directory),
    })
  }
  return logs
}

/** The newest head of the anchor log that its witnesses cosigned, and what is wrong with it. */
const witnessedHead = async (
  log: AnchorLog,
  policy: Policy,
): Promise<{ readonly size: number | null; readonly finding: string | null }> => {
  const note = await readCosigned(log.directory)
  if (note === null) return { size: null, finding: "no checkpoint of the anchor log is cosigned (checkpoint.cosigned)" }
  try {
    const { head } = openCosigned(note, log.key, policy)
    const own = await log.rootAt(head.size)
    return own !== null && equalHash(own, head.root)
      ? { size: head.size, finding: null }
      : { size: null, finding: `witnesses cosigned ${head.size} leaves that are not those of the log shown here` }
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    return { size: null, finding: cause.message }
  }
}

export const audit = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const dir = given.positionals[1]
  if (dir === undefined || !existsSync(join(dir, "checkpoint")))
    throw new UsageError("name the anchor log, a directory with its checkpoint and tiles: assay anchor audit DIR ...")
  const { evm } = placesOf(given)
  if (evm?.rpc == null || !URL.canParse(evm.rpc))
    throw new UsageError("name the contract and a node of your own: --chain N --contract ADDRESS --rpc URL")
  const [anchorKey] = logKeysIn(readKeys(given.required("anchor-key")))
  if (anchorKey === undefined) throw new UsageError("--anchor-key holds no key")
  const shown = given.text("logs")
  const logs = shown === null ? [] : await logsIn(shown, readKeys(given.required("key")))
  const log = await AnchorLog.open(dir, anchorKey)
  const fromBlock = BigInt(given.whole("from-block", 0, Number.MAX_SAFE_INTEGER))
  const place = { chain: evm.chain, contract: evm.contract as `0x${string}`, fromBlock }
  const audited = await auditAnchorLog(log, await contractHeads(rpcAt(evm.rpc), place, anchorKey), logs)
  const { leaves, compared, heads, notShown } = audited
  const policy = given.text("witness-policy")
  const { size: witnessed, finding } =
    policy === null ? { size: null, finding: null } : await witnessedHead(log, policyIn(policy))
  const findings = finding === null ? audited.findings : [...audited.findings, finding]
  const agrees = findings.length === 0 && heads > 0
  output.result({ agrees, ...audited, findings, witnessed }, () => {
    output.say(agrees ? output.colour("agrees", "green") : output.colour("DOES NOT AGREE", "red"))
    output.say(`  ${heads} heads of the contract, against the ${leaves} leaves of ${anchorKey.name}`)
    output.say(`  ${compared} leaves against the logs that are shown here`)
    if (witnessed !== null) output.say(`  ${witnessed} leaves are under a checkpoint that witnesses cosigned`)
    for (const name of notShown) output.say(`  not compared: ${name}, which is not shown here (--logs)`)
    for (const finding of findings) output.say(`  ${output.colour("finding", "red")}: ${finding}`)
    if (heads === 0) output.say("  the contract was given no head (since --from-block)")
  })
  return agrees ? EXIT.ok : EXIT.failed
}
