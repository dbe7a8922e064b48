/**
 * Which logs and witnesses somebody trusts, and how many witnesses must have cosigned (C2SP tlog-policy): lines
 *
 *   log <vkey> [<url>]
 *   witness <name> <vkey> [<url>]
 *   group <name> all|any|<k> <name>...
 *   quorum <name>|none
 *
 * A file is octets: names are compared byte for byte, so it is read as latin1. In one thing it takes more than the specification:
 * several logs may have one key, as the partitions of a deployment do. A checkpoint's signature covers the log's name.
 */
import { equalHash } from "../hash.ts"
import { NoteError } from "../note/error.ts"
import { decodeVkey, type VerifierKey } from "../note/vkey.ts"
import { decodeWitnessKey, type WitnessKey } from "./cosignature.ts"

const MAX_BYTES = 1 << 20
/** Of logs, of witnesses, of groups: a deployment has a log for each partition. */
const MAX_EACH = 1_024

export interface PolicyLog {
  readonly key: VerifierKey
  /** Where the log is served; null where the policy does not say. */
  readonly url: string | null
}

export interface PolicyWitness {
  /** Within the policy. */
  readonly name: string
  readonly key: WitnessKey
  /** Its submission prefix; null where the policy does not say. */
  readonly url: string | null
}

export interface Policy {
  readonly logs: ReadonlyArray<PolicyLog>
  readonly witnesses: ReadonlyArray<PolicyWitness>
  /** Whether these witnesses, by their names within the policy, are enough. */
  isMet(cosigned: ReadonlySet<string>): boolean
  /** The quorum for people: `2 of (a, b, all of (c, d))`. */
  readonly quorum: string
}

/** What a name stands for: whether it has cosigned, and how it is written for people. */
interface Member {
  isMet(cosigned: ReadonlySet<string>): boolean
  readonly text: string
}

const NONE: Member = { isMet: () => true, text: "none" }

const utf8 = (octets: string): string => Buffer.from(octets, "latin1").toString("utf8")

class Reader {
  readonly logs: Array<PolicyLog> = []
  readonly witnesses: Array<PolicyWitness> = []
  readonly #members = new Map<string, Member>()
  /** Names that are members of a group already: each counts in one way only. */
  readonly #used = new Set<string>()
  #groups = 0
  quorum: Member | null = null
  readonly #decode: (vkey: string) => VerifierKey

  constructor(decode: (vkey: string) => VerifierKey) {
    this.#decode = decode
  }

  line(words: ReadonlyArray<string>): void {
    const [what, ...rest] = words
    if (what === "log") this.#log(rest)
    else if (what === "witness") this.#witness(rest)
    else if (what === "group") this.#group(rest)
    else if (what === "quorum") this.#quorum(rest)
    else throw new Error(`begins with ${JSON.stringify(what)}; a line is a log, a witness, a group or the quorum`)
  }

  #log([vkey, url, ...more]: ReadonlyArray<string>): void {
    if (vkey === undefined || more.length > 0) throw new Error("a log is `log VKEY [URL]`")
    const key = this.#decode(utf8(vkey))
    if (this.logs.some(({ key: known }) => known.name === key.name && known.id === key.id))
      throw new Error("the log stands on another line already")
    this.#refuseKnown(this.witnesses, key.publicKey)
    this.#count(this.logs.length)
    this.logs.push({ key, url: url ?? null })
  }

  #witness([name, vkey, url, ...more]: ReadonlyArray<string>): void {
    if (name === undefined || vkey === undefined || more.length > 0)
      throw new Error("a witness is `witness NAME VKEY [URL]`")
    const key = decodeWitnessKey(utf8(vkey))
    this.#refuseKnown([...this.witnesses, ...this.logs], key.publicKey)
    this.#count(this.witnesses.length)
    this.#define(name, { isMet: (cosigned) => cosigned.has(name), text: name })
    this.witnesses.push({ name, key, url: url ?? null })
  }

  #group([name, threshold, ...names]: ReadonlyArray<string>): void {
    if (name === undefined || threshold === undefined || names.length === 0)
      throw new Error("a group is `group NAME all|any|K NAME...`")
    const members = names.map((member) => this.#member(member))
    const isNumber = /^[1-9][0-9]{0,3}$/.test(threshold)
    if (!isNumber && threshold !== "all" && threshold !== "any")
      throw new Error(`the threshold of a group is all, any or a number, not ${JSON.stringify(threshold)}`)
    const k = threshold === "all" ? names.length : threshold === "any" ? 1 : Number(threshold)
    if (k > names.length) throw new Error(`the group has ${names.length} members, fewer than its threshold`)
    this.#groups += 1
    this.#count(this.#groups)
    this.#define(name, {
      isMet: (cosigned) => members.filter((member) => member.isMet(cosigned)).length >= k,
      text: `${k} of (${members.map(({ text }) => text).join(", ")})`,
    })
  }

  #quorum([name, ...more]: ReadonlyArray<string>): void {
    if (name === undefined || more.length > 0) throw new Error("the quorum is `quorum NAME` or `quorum none`")
    if (this.quorum !== null) throw new Error("there is a quorum already")
    if (name === "none") this.quorum = NONE
    else this.quorum = this.#known(name)
  }

  #define(name: string, member: Member): void {
    if (name === "none" || this.#members.has(name)) throw new Error(`the name ${JSON.stringify(name)} is taken`)
    this.#members.set(name, member)
  }

  #known(name: string): Member {
    const member = this.#members.get(name)
    if (member === undefined) throw new Error(`${JSON.stringify(name)} is not defined on a line before`)
    return member
  }

  #member(name: string): Member {
    const member = this.#known(name)
    if (this.#used.has(name)) throw new Error(`${JSON.stringify(name)} is a member of a group already`)
    this.#used.add(name)
    return member
  }

  /** One key is one witness, whatever it is named; and a log that cosigns itself is none. */
  #refuseKnown(lines: ReadonlyArray<PolicyLog | PolicyWitness>, publicKey: Uint8Array): void {
    if (lines.some(({ key }) => equalHash(key.publicKey, publicKey)))
      throw new Error("its key stands on another line already")
  }

  #count(there: number): void {
    if (there >= MAX_EACH) throw new Error(`more than ${MAX_EACH} of them`)
  }
}

/**
 * @param file its octets
 * @param decode what reads the key of a log: `decodeForeignVkey` where logs of others may stand there
 * @throws NoteError `policy` that names the line and what is wrong with it
 */
export const parsePolicy = (file: Uint8Array, decode: (vkey: string) => VerifierKey = decodeVkey): Policy => {
  if (file.length > MAX_BYTES) throw new NoteError("policy", `the policy has more than ${MAX_BYTES} bytes`)
  const text = Buffer.from(file).toString("latin1")
  if (/[^\t\n\x20-\x7e\x80-\xff]/.test(text)) throw new NoteError("policy", "the policy holds control characters")
  const reader = new Reader(decode)
  text.split("\n").forEach((line, number) => {
    const words = line.split(/[ \t]+/).filter((word) => word !== "")
    if (words.length === 0 || words[0]!.startsWith("#")) return
    try {
      reader.line(words)
    } catch (cause) {
      throw new NoteError("policy", `line ${number + 1} of the policy: ${(cause as Error).message}`)
    }
  })
  const { logs, witnesses, quorum } = reader
  if (quorum === null) throw new NoteError("policy", "the policy has no quorum line: `quorum none` asks for no witness")
  return { logs, witnesses, isMet: (cosigned) => quorum.isMet(cosigned), quorum: quorum.text }
}
