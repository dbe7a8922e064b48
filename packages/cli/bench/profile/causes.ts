/** What a sample of a profile is of: the first rule that fits, from the function that ran outwards to its callers. */

export interface Frame {
  readonly functionName: string
  /** `0`: native code. */
  readonly scriptId: string
  /** Empty for native code, and for code that is generated while the process runs. */
  readonly url: string
}

const HASHES: ReadonlyArray<readonly [path: string, cause: string]> = [
  ["services/identity-resolver/", "SHA-256 of the signing input"],
  ["packages/engine/src/runner/", "SHA-256 of the decided record"],
]

const PATHS: ReadonlyArray<readonly [path: string, cause: string]> = [
  ["packages/jose/src/verify/", "signature"],
  ["packages/jose/", "parsing and claims"],
  ["packages/message/", "parsing and claims"],
  ["packages/did/", "parsing and claims"],
  ["services/identity-resolver/src/authenticate", "parsing and claims"],
  ["services/identity-resolver/", "judge: identity-resolver"],
  ["services/credential-checker/", "judge: credential-checker"],
  ["packages/credentials/", "judge: credential-checker"],
  ["services/integrity-hasher/src/sealer/", "sealing"],
  ["services/integrity-hasher/", "judge: integrity-hasher"],
  ["services/segmentation-enforcer/", "judge: segmentation-enforcer"],
  ["packages/segmentation/", "judge: segmentation-enforcer"],
  ["packages/detection/src/", "judge: detectors"],
  ["services/anomaly-quarantine/", "judge: anomaly-quarantine"],
  ["packages/trust/", "judge: what they share"],
  ["packages/layout/", "states: fields and copies"],
  ["packages/engine/src/state/changelog", "changelog"],
  ["packages/engine/src/state/", "states: table"],
  ["packages/engine/src/runner/audit", "audit events"],
  ["packages/engine/", "engine"],
  ["packages/knowledge/", "engine"],
  ["packages/transparency/", "audit events"],
  ["schemas/", "Avro"],
  ["packages/log/src/embedded/threads/", "posting between threads"],
  ["packages/log/src/embedded/environment", "LMDB"],
  ["node_modules/lmdb/", "LMDB"],
  ["packages/log/", "frames"],
  ["packages/telemetry/", "metrics"],
  ["packages/node/", "posting between threads"],
  ["packages/cli/", "the bench itself"],
]

const found = (rules: typeof PATHS, url: string): string | null =>
  rules.find(([path]) => url.includes(`/${path}`))?.[1] ?? null

/** @param stack from the function that ran to its outermost caller. @returns null where nothing ran */
export const causeOf = (stack: ReadonlyArray<Frame>): string | null => {
  const [leaf] = stack
  if (leaf === undefined || leaf.functionName === "(idle)" || leaf.functionName === "(root)") return null
  if (leaf.functionName === "(garbage collector)") return "collector"
  if (leaf.functionName === "(program)") return "native code of no caller"
  const isHash = stack.some(({ url, functionName }) => url === "node:internal/crypto/hash" && functionName === "hash")
  for (const { url, scriptId } of stack) {
    // Accessors of states are the only code that is generated while the process runs.
    const cause = url === "" && scriptId !== "0" ? "states: fields and copies" : found(isHash ? HASHES : PATHS, url)
    if (cause !== null) return cause
  }
  return "Node: event loop, timers, promises"
}
