/** C2SP tlog-policy: which files are policies, and when a quorum is met. */
import { createHash, createPrivateKey, type KeyObject } from "node:crypto"
import { describe, expect, it } from "vitest"
import * as t from "../../src/index.ts"

const pair = (name: string): { readonly privateKey: KeyObject } => {
  const seed = createHash("sha256").update(`key of ${name}`).digest()
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
  return { privateKey: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) }
}
const publicKey = (name: string): Uint8Array => createHash("sha256").update(name).digest()
const logKey = (name: string, key = name): string => t.encodeVkey(t.verifierKey(name, publicKey(key)))
const witness = (name: string, key = name): string =>
  t.encodeWitnessKey(t.witnessKey(`w.example/${name}`, publicKey(key)))

const parse = (text: string): t.Policy => t.parsePolicy(Buffer.from(text, "utf8"))
const members = (...names: ReadonlyArray<string>): string =>
  names.map((name) => `witness ${name} ${witness(name)}`).join("\n")

/** Whether each of these sets of witnesses is a quorum. */
const met = (policy: t.Policy, ...sets: ReadonlyArray<string>): ReadonlyArray<boolean> =>
  sets.map((set) => policy.isMet(new Set(set.split(" ").filter((name) => name !== ""))))

describe("a policy", () => {
  it("has logs, witnesses and a quorum over groups of groups, among comments, blank lines and tabs", () => {
    const policy = parse(`# who may vouch
log ${logKey("log.example/a")}  https://log.example/a
\t log\t${logKey("log.example/b")}

${members("x1", "x2", "x3")}
group X 2 x1 x2 x3
witness y1 ${witness("y1")} https://y1.example/
${members("y2")}
  # the others
group Y any y1 y2
group both all X Y
quorum both`)
    expect(policy.logs.map(({ key, url }) => [key.name, url])).toEqual([
      ["log.example/a", "https://log.example/a"],
      ["log.example/b", null],
    ])
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toContainEqual(["y1", "https://y1.example/"])
    expect(met(policy, "", "x1 x2 x3", "x1 y1", "x1 x3 y2", "x1 x2 x3 y1 y2")).toEqual([
      false,
      false,
      false,
      true,
      true,
    ])
    expect(policy.quorum).toBe("2 of (2 of (x1, x2, x3), 1 of (y1, y2))")
  })

  it("takes several logs of one key, as the partitions of a deployment are, and each once", () => {
    const [one, two] = [logKey("log.example/0", "k"), logKey("log.example/1", "k")]
    expect(parse(`log ${one}\nlog ${two}\nquorum none`).logs).toHaveLength(2)
    expect(() => parse(`log ${one}\nlog ${one}\nquorum none`)).toThrow(
      "line 2 of the policy: the log stands on another",
    )
  })

  it("may ask for one witness, or for none", () => {
    expect(met(parse(`${members("a", "b")}\nquorum a`), "b", "a")).toEqual([false, true])
    expect(met(parse("quorum none"), "")).toEqual([true])
  })

  it("takes names as octets: a letter that looks alike is another name", () => {
    const policy = parse(`${members("K")}\nwitness \u212a ${witness("other")}\nquorum \u212a`)
    expect(met(policy, "K")).toEqual([false])
  })

  it.each([
    ["without a quorum", members("a"), "no quorum line"],
    ["with two", `${members("a")}\nquorum a\nquorum none`, "line 3 of the policy: there is a quorum already"],
    ["with a quorum of nobody that is known", "quorum a", "not defined on a line before"],
    ["with a witness defined after its group", `group g any a\n${members("a")}\nquorum g`, "line 1"],
    ["with a name twice", `${members("a")}\nwitness a ${witness("b")}\nquorum a`, "is taken"],
    ["with a group named none", `${members("a")}\ngroup none any a\nquorum none`, "is taken"],
    ["with none as a member", `${members("a")}\ngroup g any none\nquorum g`, "not defined"],
    [
      "with a member in two groups",
      `${members("a", "b")}\ngroup g any a\ngroup h any a b\nquorum h`,
      "a group already",
    ],
    ["with a member twice", `${members("a")}\ngroup g 2 a a\nquorum g`, "a group already"],
    ["with a threshold above its members", `${members("a")}\ngroup g 2 a\nquorum g`, "fewer than its threshold"],
    ["with a threshold of nothing", `${members("a")}\ngroup g 0 a\nquorum g`, "all, any or a number"],
    ["with a group of nobody", "group g any\nquorum g", "a group is"],
    [
      "with one key as two witnesses",
      `${members("a")}\nwitness b ${witness("b", "a")}\nquorum a`,
      "another line already",
    ],
    [
      "with a log as its own witness",
      `log ${logKey("l", "k")}\nwitness a ${witness("a", "k")}\nquorum a`,
      "another line already",
    ],
    ["with a log's key as a witness'", `witness a ${logKey("a")}\nquorum a`, "not one of a witness"],
    ["with a word too many", `quorum none none`, "the quorum is"],
    ["with an unknown line", `mirror a\nquorum none`, "a line is a log"],
    ["with a carriage return", "quorum none\r\n", "control characters"],
  ])("%s is none", (_what, text, why) => {
    expect(() => parse(text)).toThrow(why)
  })
})

describe("a cosigned checkpoint", () => {
  const keys = ["a", "b"].map((name) => {
    const { privateKey } = pair(name)
    const signer = t.keySigner(privateKey)
    return { name, signer, key: t.witnessKey(`w.example/${name}`, signer.publicKey) }
  })
  const log = t.keySigner(pair("log").privateKey)
  const logVkey = t.verifierKey("log.example", log.publicKey)
  const policy = parse(
    `${keys.map(({ name, key }) => `witness ${name} ${t.encodeWitnessKey(key)}`).join("\n")}\ngroup g all a b\nquorum g`,
  )
  const head = { origin: "log.example", size: 0, root: createHash("sha256").digest() }
  const cosigned = async (...names: ReadonlyArray<string>): Promise<string> => {
    const note = await t.signCheckpoint(head, log)
    const { text } = t.openSigned(note, logVkey)
    const lines = keys
      .filter(({ name }) => names.includes(name))
      .map(({ key, signer }) => t.cosign(text, key, signer, 5_999))
    return note + (await Promise.all(lines)).join("")
  }

  it("counts where the quorum is met, with the times of the witnesses in whole seconds", async () => {
    expect(t.openCosigned(await cosigned("a", "b"), logVkey, policy).cosigned).toEqual([
      { name: "a", time: 5_000 },
      { name: "b", time: 5_000 },
    ])
    await expect(async () => t.openCosigned(await cosigned("a"), logVkey, policy)).rejects.toThrow(
      "is cosigned by a of the policy, which asks for 2 of (a, b)",
    )
  })

  it("is refused where a line of a known witness does not verify", async () => {
    const note = await cosigned("a", "b")
    const bytes = Buffer.from(note.trimEnd().split(" ").at(-1)!, "base64")
    bytes[40]! ^= 1
    const forged = note.replace(/\S+\n$/, `${bytes.toString("base64")}\n`)
    expect(() => t.openCosigned(forged, logVkey, policy)).toThrow("does not verify")
  })
})
