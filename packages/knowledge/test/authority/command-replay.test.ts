import { describe, expect, it } from "vitest"
import { isReplayed, withSequences } from "../../src/authority/command-replay.ts"

const [a, b] = ["did:key:a", "did:key:b"]

describe("the replay of a command", () => {
  it("is a number that is not above the signer's last one", () => {
    const last = { [a]: 5 }
    expect([4, 5, 6].map((seq) => isReplayed(last, [{ signer: a, seq }]))).toEqual([true, true, false])
  })

  it("is none where the signer has used no number yet, not even with 0", () => {
    expect(isReplayed({ [a]: 5 }, [{ signer: b, seq: 0 }])).toBe(false)
  })

  it("is one as soon as one of the signers repeats a number", () => {
    const used = [
      { signer: a, seq: 6 },
      { signer: b, seq: 2 },
    ]
    expect(isReplayed({ [a]: 5, [b]: 2 }, used)).toBe(true)
    expect(isReplayed({ [a]: 5, [b]: 1 }, used)).toBe(false)
  })

  it("is found once a command is noted, of its signers only", () => {
    const last = { [a]: 5 }
    const used = [{ signer: b, seq: 0 }]
    const next = withSequences(last, used)
    expect(next).toEqual({ [a]: 5, [b]: 0 })
    expect(isReplayed(next, used)).toBe(true)
    expect(last).toEqual({ [a]: 5 })
  })
})
