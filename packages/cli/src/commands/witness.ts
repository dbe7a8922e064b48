/** `assay witness`: cosigns the checkpoints of logs, as somebody who does not run them. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { startServer } from "@assay/ingress"
import { lockDir } from "@assay/log/embedded"
import { HTTP } from "@assay/settings"
import { encodeWitnessKey, type LogSigner, type VerifierKey, witnessKey, witnessSigner } from "@assay/transparency"
import { createKeyFile, makeDirectory, readKeyFile, writeKeyFile } from "@assay/transparency/storage"
import { Witness, WitnessStates, witnessRoutes } from "@assay/witness/server"
import { type Command, EXIT, UsageError } from "../command.ts"
import { complain, complainOf } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { logKeysIn, policyIn, readKeys } from "../verifier-keys.ts"

const KEY = "witness-key.pem"
const VKEY = "witness.vkey"

/** A new private key, as PEM. @throws UsageError */
const newKey = (algorithm: string): string => {
  if (algorithm !== "ed25519" && algorithm !== "ml-dsa-44")
    throw new UsageError(`--algorithm is ed25519 or ml-dsa-44, not ${JSON.stringify(algorithm)}`)
  const { privateKey } = algorithm === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ml-dsa-44")
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString()
}

/**
 * The key of the directory; made where it has none.
 * @param algorithm null: of the key that is there, or Ed25519
 * @throws LinkedFileError; UsageError where the key there is of another algorithm
 */
const openSigner = (dir: string, algorithm: string | null): LogSigner => {
  const path = join(dir, KEY)
  if (!existsSync(path)) createKeyFile(path, newKey(algorithm ?? "ed25519"), 0o600)
  const key = createPrivateKey(readKeyFile(path))
  const is: string | undefined = key.asymmetricKeyType
  if (algorithm !== null && algorithm !== is)
    throw new UsageError(
      `the key in ${path} is ${is}: a witness that takes another key is another witness, with another --state`,
    )
  return witnessSigner(key)
}

/** @throws UsageError where none is named */
const logsOf = (keys: string | null, policy: string | null): ReadonlyArray<VerifierKey> => {
  const logs = [
    ...(keys === null ? [] : logKeysIn(readKeys(keys))),
    ...(policy === null ? [] : policyIn(policy).logs.map(({ key }) => key)),
  ]
  if (logs.length === 0) throw new UsageError("name the logs to cosign: --logs KEYS, or --policy FILE with their lines")
  return logs
}

export const witness: Command = {
  name: "witness",
  summary: "cosign the checkpoints of logs, each only where it continues the one before",
  usage: "witness --state DIR --name NAME --logs KEYS",
  details: `Serves C2SP tlog-witness (add-checkpoint) until it is stopped. DIR holds the witness' key (made at the first start) and what
it has cosigned last of each log: it is the witness' whole memory, so never put an older copy of it back. What is cosigned is
durable before the answer leaves. NAME is a URL without scheme that says whose witness it is, such as witness.example/w1.
A witness says nothing about what a log holds, only that it saw one history of it. One that the log's operator runs proves
nothing: let others run it. Two histories are refused, kept below DIR/forks and shown at /forks; anybody checks them with
assay monitor --evidence.`,
  takes: 0,
  options: {
    state: { type: "string", value: "DIR", help: "the witness' own directory" },
    name: { type: "string", value: "NAME", help: "the witness' name" },
    logs: { type: "string", value: "KEYS", help: "verifier keys of the logs: a file, a directory of such, or a key" },
    policy: { type: "string", value: "FILE", help: "a policy (C2SP tlog-policy) with the logs' lines" },
    algorithm: {
      type: "string",
      value: "NAME",
      help: "of a key that is made: ed25519 (default), or ml-dsa-44, which fewer readers know and a quantum computer does not break",
    },
    host: { type: "string", value: "HOST", default: HTTP.httpHost.fallback, help: "where to listen" },
    port: { type: "string", value: "PORT", default: "8090", help: "where to listen; 0 picks a free one" },
  },
  run: async (given, output) => {
    const [dir, name] = [given.required("state"), given.required("name")]
    const logs = logsOf(given.text("logs"), given.text("policy"))
    await makeDirectory(dir)
    const release = lockDir(dir)
    const stop = listenForStop()
    try {
      const signer = openSigner(dir, given.text("algorithm"))
      const key = witnessKey(name, signer.publicKey)
      const states = new WitnessStates(dir)
      await states.open()
      writeKeyFile(join(dir, VKEY), `${encodeWitnessKey(key)}\n`, 0o600)
      const onFork = (origin: string): void =>
        complain(`ALARM: ${origin} showed two histories: the evidence is in ${join(dir, "forks")}`)
      const server = await startServer({
        host: given.required("host"),
        port: given.whole("port", 0, 65_535),
        access: { tokens: [], certificates: [], open: false },
        routes: witnessRoutes(new Witness({ key, signer, logs, states, onFork }), states),
        onRefused: () => undefined,
        onProblem: (cause) => complainOf("a call failed", cause),
      })
      output.result({ url: server.url, vkey: encodeWitnessKey(key), logs: logs.map((log) => log.name) }, () => {
        output.say(`witness ${name} listens at ${server.url}`)
        output.say(`its key: ${encodeWitnessKey(key)}`)
        for (const log of logs) output.say(`it cosigns ${log.name}`)
      })
      await stop.stopped
      await server.close()
      return EXIT.ok
    } finally {
      stop.release()
      release()
    }
  },
}
