/**
 * The users of a secure cluster: passwords made once and kept in a file that only its owner reads, and the SCRAM credentials
 * (RFC 5802) that the brokers' storage is formatted with. Brokers never learn the passwords.
 */
import { createHash, pbkdf2Sync, randomBytes } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { SetupProblem } from "../../local/problem.ts"

/** The super user: may do everything, needs no ACL. */
export const ADMIN = "admin"

const FILE = "credentials.json"
const ITERATIONS = 8192
const DIGEST = "sha512"
const DIGEST_BYTES = 64
/** What may stand in a principal without being quoted, in Kafka's tools as in ours. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** Name to password. */
export type Users = Readonly<Record<string, string>>

export const credentialsFile = (dataDir: string): string => join(dataDir, FILE)

const read = async (dataDir: string): Promise<Users | null> => {
  const text = await readFile(credentialsFile(dataDir), "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null
    throw new SetupProblem(`${credentialsFile(dataDir)} cannot be read: ${cause.message}`)
  })
  try {
    return text === null ? null : (JSON.parse(text) as Users)
  } catch {
    throw new SetupProblem(`${credentialsFile(dataDir)} is no JSON; without it nobody can log in: kafka:down --wipe`)
  }
}

/**
 * The users of a data directory, made at its first start.
 * @throws SetupProblem where a name will not do, or a user is asked for that the storage was not formatted with
 */
export const ensureUsers = async (dataDir: string, names: ReadonlyArray<string>): Promise<Users> => {
  for (const name of names) {
    if (!NAME.test(name)) {
      throw new SetupProblem(`${JSON.stringify(name)} is no name of a user: letters, digits, dots, dashes, at most 64`)
    }
  }
  const before = await read(dataDir)
  if (before === null) {
    const all = [...new Set([ADMIN, ...names])]
    const users = Object.fromEntries(all.map((name) => [name, randomBytes(24).toString("base64url")]))
    await writeFile(credentialsFile(dataDir), `${JSON.stringify(users, null, 2)}\n`, { mode: 0o600 })
    return users
  }
  const unknown = names.filter((name) => before[name] === undefined)
  if (unknown.length > 0) {
    throw new SetupProblem(
      `${dataDir} was made without the user(s) ${unknown.join(", ")}: add them with Kafka's AlterUserScramCredentials, or start over with kafka:down --wipe`,
    )
  }
  return before
}

/**
 * For `kafka-storage format --add-scram`. The salt is derived from the password, which is random and used once: so every
 * node, whenever it is formatted, gets the same credential.
 */
export const scramCredentials = (users: Users): ReadonlyArray<string> =>
  Object.entries(users).map(([name, password]) => {
    const salt = createHash(DIGEST).update(`assay scram salt:${name}:${password}`).digest().subarray(0, 32)
    const salted = pbkdf2Sync(password, salt, ITERATIONS, DIGEST_BYTES, DIGEST)
    return `SCRAM-SHA-512=[name=${name},iterations=${ITERATIONS},salt="${salt.toString("base64")}",saltedpassword="${salted.toString("base64")}"]`
  })
