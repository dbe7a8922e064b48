import { describe, expect, it } from "vitest"
import { helpOf } from "../src/command.ts"
import { COMMANDS } from "../src/commands.ts"

describe("the list of commands", () => {
  it.each(COMMANDS)("says of $name what the command says of itself", async ({ name, summary, load }) => {
    const command = await load()
    expect({ name: command.name, summary: command.summary }).toEqual({ name, summary })
    expect(command.usage.startsWith(name)).toBe(true)
    for (const option of Object.keys(command.options)) expect(helpOf(command)).toContain(`--${option}`)
  })

  it("names each once", () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length)
  })
})
