import { inspect } from "node:util"
import { ReplyError } from "ioredis"
import { describe, expect, it } from "vitest"
import { ReadModelError, toReadModelError } from "../src/errors.ts"

const SERVER = "127.0.0.1:6379/0"
const reply = (message: string, name = "hgetall", args: ReadonlyArray<string> = []): Error =>
  Object.assign(new ReplyError(message), { command: { name, args } })

describe("an error of Redis", () => {
  it.each([
    ["refused", reply("WRONGPASS invalid username-password pair or user is disabled.", "auth")],
    ["refused", reply("NOAUTH Authentication required.")],
    ["refused", reply("ERR invalid password", "auth")],
    ["refused", reply("ERR The user executing the script can't run this command or subcommand", "evalsha")],
    ["forbidden", reply("NOPERM User u has no permissions to run the 'info' command", "info")],
    ["memory", reply("OOM command not allowed when used memory > 'maxmemory'.", "evalsha")],
    ["unavailable", reply("LOADING Redis is loading the dataset in memory")],
    ["unavailable", reply("ERR max number of clients reached", "info")],
    ["unavailable", reply("ERR WRONGPASS is no kind here: only the first word is")],
    ["unavailable", new Error("NOPERM of somebody else's making: it is no reply")],
    ["unavailable", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })],
  ])("is %s: %s", (code, cause) => {
    expect(toReadModelError(cause, null, SERVER)).toMatchObject({ code, _tag: "ReadModelError" })
  })

  it("is explained by why the connection is not there, unless Redis itself replied", () => {
    const lost = reply("WRONGPASS invalid username-password pair", "auth")
    const unsent = new Error("Stream isn't writeable and enableOfflineQueue options is false")
    expect(toReadModelError(unsent, lost, SERVER).code).toBe("refused")
    expect(toReadModelError(reply("OOM command not allowed"), new Error("closed"), SERVER).code).toBe("memory")
  })

  it("of ours stays as it is", () => {
    const ours = new ReadModelError("busy", "another rebuild is at work")
    expect(toReadModelError(ours, null, SERVER)).toBe(ours)
  })

  it("shows the password to nobody, also where its cause is printed", () => {
    const cause = reply("WRONGPASS invalid username-password pair", "auth", ["user", "hunter2"])
    const error = toReadModelError(cause, null, SERVER)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("hunter2")
    expect(JSON.stringify(error)).not.toContain("hunter2")
  })
})
